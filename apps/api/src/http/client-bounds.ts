import { type Static, Type } from 'typebox'

/** What all clients together can take of the process. */
export interface ClientBounds {
  /** Open connections. Default 4,096. */
  maxConnections: number
  /** Memory that the bodies of all open requests may take, in bytes. Default 67,108,864. */
  maxOpenBodyBytes: number
  /** The longest time that a JSON body may take to arrive, in ms. Default 60,000. */
  bodyTimeoutMs: number
  /**
   * A stream that makes no progress in this time is cut, in ms: an upload that delivers fewer than 1,024 bytes, or an
   * event stream whose client does not read. Default 60,000.
   */
  stallMs: number
  /** Open event streams. Default 1,000. */
  maxEventStreams: number
  /** Open event streams of one API key. Default 100. */
  maxEventStreamsPerKey: number
  /** Open streams of results. Default 32. */
  maxResultStreams: number
}

/** The bounds of an API that sets none. */
export const DEFAULT_BOUNDS: ClientBounds = {
  maxConnections: 4096,
  maxOpenBodyBytes: 67_108_864,
  bodyTimeoutMs: 60_000,
  stallMs: 60_000,
  maxEventStreams: 1000,
  maxEventStreamsPerKey: 100,
  maxResultStreams: 32,
}

/** The settings of the bounds. */
export const clientBoundsSettings = {
  SLUICE_MAX_CONNECTIONS: Type.Integer({
    default: DEFAULT_BOUNDS.maxConnections,
    minimum: 1,
    maximum: 1_000_000,
    description: 'Maximum number of open connections of clients. Further ones are closed at once.',
  }),
  SLUICE_MAX_OPEN_BODY_BYTES: Type.Integer({
    default: DEFAULT_BOUNDS.maxOpenBodyBytes,
    minimum: 1024,
    maximum: 17_179_869_184,
    description:
      'Memory that the bodies of all open requests may take, in bytes, at least SLUICE_MAX_BODY_BYTES. Requests beyond it ' +
      'get 503. The process takes up to three times as much, because it also keeps the text of each task.',
  }),
  SLUICE_BODY_TIMEOUT_MS: Type.Integer({
    default: DEFAULT_BOUNDS.bodyTimeoutMs,
    minimum: 1000,
    maximum: 3_600_000,
    description: 'The longest time that a JSON body may take to arrive, in ms. Slower requests get 408.',
  }),
  SLUICE_STALL_MS: Type.Integer({
    default: DEFAULT_BOUNDS.stallMs,
    minimum: 1000,
    maximum: 3_600_000,
    description:
      'A stream that makes no progress in this time is cut, in ms: an upload of NDJSON that delivers fewer than 1,024 ' +
      'bytes while the API does not make it wait, or an event stream whose client does not read.',
  }),
  SLUICE_MAX_EVENT_STREAMS: Type.Integer({
    default: DEFAULT_BOUNDS.maxEventStreams,
    minimum: 0,
    maximum: 100_000,
    description: 'Maximum number of open event streams. Further requests get 503.',
  }),
  SLUICE_MAX_EVENT_STREAMS_PER_KEY: Type.Integer({
    default: DEFAULT_BOUNDS.maxEventStreamsPerKey,
    minimum: 1,
    maximum: 100_000,
    description: 'Maximum number of open event streams of one API key. Further requests get 503.',
  }),
  SLUICE_MAX_RESULT_STREAMS: Type.Integer({
    default: DEFAULT_BOUNDS.maxResultStreams,
    minimum: 0,
    maximum: 10_000,
    description:
      'Maximum number of open streams of results. Further requests get 503. Each takes up to 8 MB, or more if single ' +
      'results are larger than 250 KB.',
  }),
}

type BoundsSettings = { [Name in keyof typeof clientBoundsSettings]: Static<(typeof clientBoundsSettings)[Name]> }

/** The bounds that the settings ask for. */
export function clientBounds(settings: BoundsSettings): ClientBounds {
  return {
    maxConnections: settings.SLUICE_MAX_CONNECTIONS,
    maxOpenBodyBytes: settings.SLUICE_MAX_OPEN_BODY_BYTES,
    bodyTimeoutMs: settings.SLUICE_BODY_TIMEOUT_MS,
    stallMs: settings.SLUICE_STALL_MS,
    maxEventStreams: settings.SLUICE_MAX_EVENT_STREAMS,
    maxEventStreamsPerKey: settings.SLUICE_MAX_EVENT_STREAMS_PER_KEY,
    maxResultStreams: settings.SLUICE_MAX_RESULT_STREAMS,
  }
}
