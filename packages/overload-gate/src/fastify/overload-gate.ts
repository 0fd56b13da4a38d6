import type { FastifyInstance, FastifyPluginAsync, FastifyRequest, RouteOptions } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { type EventLoop, nodeEventLoop } from '../event-loop.ts'
import { FastifyVisit, type RefuseFastify } from './fastify-visit.ts'
import { Gate } from '../gate.ts'
import { GATE_CLASSES, type GateClass, isGateClass } from '../gate-class.ts'
import { GateOptionsError } from '../gate-options-error.ts'
import type { ServerGateOptions } from '../gate-options.ts'
import { readSettings } from '../read-settings.ts'
import type { GateStats, GateStatus } from '../gate-stats.ts'
import type { OutcomeListener } from '../gate-tally.ts'
import { createRefusalResponse } from '../refusal-response.ts'

/** Options of the plugin. */
export type FastifyGateOptions = ServerGateOptions<FastifyRequest>

/** The gate of an app, as `app.overloadGate`. */
export interface OverloadGate {
  /**
   * What the gate does and has done. Two of its numbers count from the previous call, so only one reader may call it, such
   * as the metrics route.
   */
  stats(): GateStats
  /** What the gate does now. Any number of readers may call it, such as a readiness route. */
  status(): GateStatus
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How the overload gate treats this route. Default `normal`; unknown paths are `sheddable`. */
    gate?: GateClass
  }

  interface FastifyInstance {
    overloadGate: OverloadGate
  }
}

/**
 * Holds requests while the event loop is busy, and refuses those that could not be served in time. Register it before other
 * plugins with `onRequest` hooks: what runs before it is not guarded.
 *
 * @throws {GateOptionsError} when it is registered with options that cannot be used.
 */
export const overloadGate = overloadGateOn(nodeEventLoop)

/** The plugin, guarding any event loop. */
export function overloadGateOn(eventLoop: () => EventLoop): FastifyPluginAsync<FastifyGateOptions> {
  const plugin: FastifyPluginAsync<FastifyGateOptions> = async (app, options) => {
    const gate = new Gate(eventLoop(), readSettings(options), guarded(app, options.onOutcome))
    const isOn = options.enabled !== false
    app.decorate('overloadGate', {
      stats: () => (isOn ? gate.stats() : { ...gate.stats(), state: 'off' }),
      status: () => (isOn ? gate.status() : { ...gate.status(), state: 'off' }),
    })
    app.addHook('onRoute', checkRoute)
    if (isOn) install(app, gate, options)
  }
  return fastifyPlugin(plugin, { fastify: '5.x', name: '@sluice/overload-gate' })
}

function install(app: FastifyInstance, gate: Gate, options: FastifyGateOptions): void {
  const refuse = createRefuse(options)
  app.addHook('onRequest', (request, reply, done) => {
    const gateClass = classOf(request)
    if (gateClass === 'bypass') return done()
    const visit = new FastifyVisit(gateClass, request, reply, done, refuse)
    reply.raw.once('close', () => gate.leave(visit))
    gate.arrive(visit)
    if (visit.state === 'queued') visit.keepContext()
  })
  app.server.on('connection', () => gate.noteConnection())
  app.addHook('preClose', async () => gate.close())
}

function classOf(request: FastifyRequest): GateClass {
  // A 404 may always be refused.
  if (request.is404) return 'sheddable'
  return request.routeOptions.config.gate ?? 'normal'
}

function checkRoute({ method, url, config }: RouteOptions): void {
  const given: unknown = config?.gate ?? 'normal'
  if (isGateClass(given)) return
  throw new GateOptionsError([`config.gate of ${String(method)} ${url}: must be one of ${GATE_CLASSES.join(', ')}`])
}

function createRefuse(options: FastifyGateOptions): RefuseFastify {
  const build = createRefusalResponse(options)
  return (request, reply, cause) => {
    const logError = (error: unknown, message: string) => request.log.error({ err: error }, message)
    const { headers, body } = build({ request, raw: request.raw, logError }, cause)
    reply.code(503).headers(headers).send(body)
  }
}

/** A listener that throws must not affect requests. */
function guarded(app: FastifyInstance, listener: OutcomeListener | undefined): OutcomeListener | undefined {
  if (listener === undefined) return undefined
  return (outcome) => {
    try {
      listener(outcome)
    } catch (error) {
      app.log.error({ err: error }, 'onOutcome of the overload gate failed')
    }
  }
}
