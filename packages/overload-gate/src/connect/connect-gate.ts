import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:net'
import { type EventLoop, nodeEventLoop } from '../event-loop.ts'
import { Gate } from '../gate.ts'
import { GATE_CLASSES, type GateClass, isGateClass } from '../gate-class.ts'
import { GateOptionsError } from '../gate-options-error.ts'
import type { ServerGateOptions } from '../gate-options.ts'
import type { GateStats, GateStatus } from '../gate-stats.ts'
import type { OutcomeListener } from '../gate-tally.ts'
import { readSettings } from '../read-settings.ts'
import { createRefusalResponse } from '../refusal-response.ts'
import { ConnectVisit, type RefuseConnect } from './connect-visit.ts'

/** Options of the middleware. */
export interface ConnectGateOptions extends ServerGateOptions<IncomingMessage> {
  /** How the gate treats a request. Default: `normal` for all. */
  classOf?: (request: IncomingMessage) => GateClass
  /** Called with the error when `onOutcome` or `buildProblem` throws. Default: a warning of the process. */
  onError?: (error: unknown) => void
}

/** The gate of an app: a middleware of Express 4, Express 5 or Connect, with what else the app needs of it. */
export interface ConnectGate {
  (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void
  /** Has new connections of a server go first when they queue in the kernel. Call it once for each server. */
  guard(server: Server): void
  /** Refuses all held requests. From now on none is held. Call it before the server is closed. */
  close(): void
  /**
   * What the gate does and has done. Two of its numbers count from the previous call, so only one reader may call it, such
   * as the metrics route.
   */
  stats(): GateStats
  /** What the gate does now. Any number of readers may call it, such as a readiness route. */
  status(): GateStatus
}

/**
 * Creates a middleware that holds requests while the event loop is busy, and refuses those that could not be served in
 * time. Use it before all other middleware: what runs before it is not guarded.
 *
 * @throws {GateOptionsError} for options that cannot be used.
 */
export function connectGate(options: ConnectGateOptions = {}): ConnectGate {
  return connectGateOn(nodeEventLoop(), options)
}

/** The middleware, guarding any event loop. */
export function connectGateOn(loop: EventLoop, options: ConnectGateOptions = {}): ConnectGate {
  const { classOf = () => 'normal', onError = warn, enabled = true, ...rest } = options
  const gate = new Gate(loop, readSettings(options), guarded(rest.onOutcome, onError))
  const refuse = createRefuse(options, onError)
  const middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => {
    const gateClass = enabled ? checkedClass(classOf(request)) : 'bypass'
    if (gateClass === 'bypass') return next()
    const visit = new ConnectVisit(gateClass, request, response, next, refuse)
    response.once('close', () => gate.leave(visit))
    gate.arrive(visit)
    if (visit.state === 'queued') visit.keepContext()
  }
  return Object.assign(middleware, {
    guard: (server: Server) => void (enabled && server.on('connection', () => gate.noteConnection())),
    close: () => gate.close(),
    stats: (): GateStats => (enabled ? gate.stats() : { ...gate.stats(), state: 'off' }),
    status: (): GateStatus => (enabled ? gate.status() : { ...gate.status(), state: 'off' }),
  })
}

/** The framework passes the error to the app's error handler. */
function checkedClass(gateClass: unknown): GateClass {
  if (isGateClass(gateClass)) return gateClass
  throw new GateOptionsError([`classOf: must return one of ${GATE_CLASSES.join(', ')}, got ${String(gateClass)}`])
}

function createRefuse(options: ConnectGateOptions, logError: (error: unknown) => void): RefuseConnect {
  const build = createRefusalResponse(options)
  return (request, response, cause) => {
    const { headers, body } = build({ request, raw: request, logError }, cause)
    response.writeHead(503, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body)
  }
}

/** A listener that throws must not affect requests. */
function guarded(
  listener: OutcomeListener | undefined,
  onError: (error: unknown) => void,
): OutcomeListener | undefined {
  if (listener === undefined) return undefined
  return (outcome) => {
    try {
      listener(outcome)
    } catch (error) {
      onError(error)
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
