import type { Engine } from '../engine.ts'
import { acquirePermitsOf, type PermitReply, type PermitRequest } from '../scripts/acquire-permits.ts'
import { extendPermitsOf, type PermitExtension } from '../scripts/extend-permits.ts'
import { endProbeOf, type ProbeResult } from '../scripts/end-probe.ts'
import { pauseLimitOf, type LimitPause } from '../scripts/pause-limit.ts'
import { settlePermitsOf, type PermitSettlement } from '../scripts/settle-permits.ts'

/** Asks when tasks may start under a limit. */
export async function acquirePermits(engine: Engine, limit: string, request: PermitRequest): Promise<PermitReply> {
  return await acquirePermitsOf(engine.redis, engine.keys.limit(limit), request)
}

/**
 * Lets starts that come too late be made now after all, where that exceeds nothing. For each permit the time it is booked
 * for now, in µs of Redis's clock; undefined where it must not be used any more.
 */
export async function extendPermits(
  engine: Engine,
  limit: string,
  extension: PermitExtension,
): Promise<(number | undefined)[]> {
  return await extendPermitsOf(engine.redis, engine.keys.limit(limit), extension)
}

/** Corrects what was booked for permits: given back unused, or used for more or less than was thought. */
export async function settlePermits(engine: Engine, limit: string, settlement: PermitSettlement): Promise<void> {
  await settlePermitsOf(engine.redis, engine.keys.limit(limit), settlement)
}

/** Lets nothing start under a limit for a while, because the upstream said so. Returns for how long, in ms. */
export async function pauseLimit(engine: Engine, limit: string, pause: LimitPause): Promise<number> {
  const { redis, keys } = engine
  return await pauseLimitOf(redis, keys.limit(limit), { ...pause, signals: keys.signals, name: limit })
}

/** Says what became of the one call that was to find out whether the upstream takes calls again. */
export async function endProbe(
  engine: Engine,
  limit: string,
  probe: { result: ProbeResult; epoch: number },
): Promise<void> {
  await endProbeOf(engine.redis, engine.keys.limit(limit), probe)
}
