import { type Static, Type } from 'typebox'

/** What all clients together can take of the process. */
export interface ClientBounds {
  /** Open connections. Default 4,096. */
  maxConnections: number
  /** Memory that the bodies of all open requests may take, in bytes. Default 67,108,864. */
  maxOpenBodyBytes: number
  /** The longest time that a JSON body may take to arrive, in ms. Default 60,000. */
  bodyTimeoutMs: number
  /** An upload that delivers fewer than 1,024 bytes in this time is cut, in ms. Default 60,000. */
  uploadStallMs: number
}

/** The bounds of an API that sets none. */
export const DEFAULT_BOUNDS: ClientBounds = {
  maxConnections: 4096,
  maxOpenBodyBytes: 67_108_864,
  bodyTimeoutMs: 60_000,
  uploadStallMs: 60_000,
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
  SLUICE_UPLOAD_STALL_MS: Type.Integer({
    default: DEFAULT_BOUNDS.uploadStallMs,
    minimum: 1000,
    maximum: 3_600_000,
    description:
      'An upload of NDJSON that delivers fewer than 1,024 bytes in this time gets 408, in ms. Time in which the API makes ' +
      'the client wait does not count.',
  }),
}

type BoundsSettings = { [Name in keyof typeof clientBoundsSettings]: Static<(typeof clientBoundsSettings)[Name]> }

/** The bounds that the settings ask for. */
export function clientBounds(settings: BoundsSettings): ClientBounds {
  return {
    maxConnections: settings.SLUICE_MAX_CONNECTIONS,
    maxOpenBodyBytes: settings.SLUICE_MAX_OPEN_BODY_BYTES,
    bodyTimeoutMs: settings.SLUICE_BODY_TIMEOUT_MS,
    uploadStallMs: settings.SLUICE_UPLOAD_STALL_MS,
  }
}
