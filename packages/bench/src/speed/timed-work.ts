import { setTimeout as sleep } from 'node:timers/promises'

/*
 * What a measured task does, the same for Sluice and for its peer. Its result says how long it really took, or when it
 * began, so that nothing has to be guessed from the outside.
 */

export interface TimedPayload {
  /** How long it waits, in ms. Default 0: it returns at once. */
  takesMs?: number
}

/** Returns at once with null, or waits and returns how long that took, in ms. */
export function waitAsTold(payload: unknown): null | Promise<number> {
  const { takesMs = 0 } = payload as TimedPayload
  return takesMs === 0 ? null : measuredWait(takesMs)
}

async function measuredWait(takesMs: number): Promise<number> {
  const from = performance.now()
  await sleep(takesMs)
  return performance.now() - from
}

/** Returns when it was called: ms since the epoch with fractions, the same for all processes of a machine. */
export function stamp(): number {
  return performance.timeOrigin + performance.now()
}
