import type { Engine } from '../engine.ts'
import { acquirePermitsScript, type PermitReply, type PermitRequest } from '../scripts/acquire-permits.ts'
import { endProbeScript, type EndedProbe } from '../scripts/end-probe.ts'
import { extendPermitsScript, type PermitExtension } from '../scripts/extend-permits.ts'
import { pauseLimitScript, type LimitPause } from '../scripts/pause-limit.ts'
import { settlePermitsScript, type PermitSettlement } from '../scripts/settle-permits.ts'

/** Asks when tasks may start under a limit. */
export async function acquirePermits(engine: Engine, limit: string, request: PermitRequest): Promise<PermitReply> {
  return await acquirePermitsScript.run(engine.redis, engine.keys.limit(limit), request)
}

/**
 * Lets starts that come too late happen now, where that exceeds nothing. Returns for each permit the time it is booked
 * for now, in µs of Redis's clock, or undefined when it must not be used. Nothing is returned for a missing limit.
 */
export async function extendPermits(
  engine: Engine,
  limit: string,
  extension: PermitExtension,
): Promise<(number | undefined)[]> {
  const reply = await extendPermitsScript.run(engine.redis, engine.keys.limit(limit), extension)
  return reply.kind === 'extended' ? reply.bookedUs : []
}

/** Corrects what was booked for permits: released unused, or used for more or less than was estimated. */
export async function settlePermits(engine: Engine, limit: string, settlement: PermitSettlement): Promise<void> {
  await settlePermitsScript.run(engine.redis, engine.keys.limit(limit), settlement)
}

/** Pauses a limit for all workers, because the upstream asked for it. Returns for how long, in ms; 0 for a missing limit. */
export async function pauseLimit(engine: Engine, limit: string, pause: LimitPause): Promise<number> {
  const { redis, keys } = engine
  const request = { ...pause, name: limit, signals: keys.signals }
  const reply = await pauseLimitScript.run(redis, keys.limit(limit), request)
  return reply.kind === 'paused' ? reply.pauseMs : 0
}

/** Reports how the one call ended that was to find out whether the upstream accepts calls again. */
export async function endProbe(engine: Engine, limit: string, probe: EndedProbe): Promise<void> {
  await endProbeScript.run(engine.redis, engine.keys.limit(limit), probe)
}
