import type { Engine } from '../engine.ts'
import { acquirePermitsScript, type PermitReply, type PermitRequest } from '../scripts/acquire-permits.ts'
import { endProbeScript, type EndedProbe } from '../scripts/end-probe.ts'
import { extendPermitsScript, type PermitExtension } from '../scripts/extend-permits.ts'
import { pauseLimitScript, type LimitPause } from '../scripts/pause-limit.ts'
import { settlePermitsScript, type PermitSettlement } from '../scripts/settle-permits.ts'

/** Asks when tasks may start under a limit, and books those start times. */
export async function acquirePermits(engine: Engine, limit: string, request: PermitRequest): Promise<PermitReply> {
  return await acquirePermitsScript.run(engine.redis, engine.keys.limit(limit), request)
}

/**
 * Extends permits whose start time has passed, so that their tasks may start now without exceeding the limit. Returns
 * the new time of each permit, in µs of Redis's clock, or undefined if the permit must not be used. Returns an empty
 * list if the limit does not exist.
 */
export async function extendPermits(
  engine: Engine,
  limit: string,
  extension: PermitExtension,
): Promise<(number | undefined)[]> {
  const reply = await extendPermitsScript.run(engine.redis, engine.keys.limit(limit), extension)
  return reply.kind === 'extended' ? reply.bookedUs : []
}

/** Corrects bookings: of permits released unused, and of calls that used more or less than estimated. */
export async function settlePermits(engine: Engine, limit: string, settlement: PermitSettlement): Promise<void> {
  await settlePermitsScript.run(engine.redis, engine.keys.limit(limit), settlement)
}

/** Pauses a limit for all workers. Returns the duration of the pause in ms, or 0 if the limit does not exist. */
export async function pauseLimit(engine: Engine, limit: string, pause: LimitPause): Promise<number> {
  const { redis, keys } = engine
  const request = { ...pause, name: limit, signals: keys.signals }
  const reply = await pauseLimitScript.run(redis, keys.limit(limit), request)
  return reply.kind === 'paused' ? reply.pauseMs : 0
}

/** Reports the result of a probe. */
export async function endProbe(engine: Engine, limit: string, probe: EndedProbe): Promise<void> {
  const { redis, keys } = engine
  await endProbeScript.run(redis, keys.limit(limit), { ...probe, signals: keys.signals, name: limit })
}
