import { setTimeout as sleep } from 'node:timers/promises'

/*
 * The work of a measured task, the same for Sluice and for BullMQ. The result states how long the task took, or when it
 * started, as the task itself measured it.
 */

export interface TimedPayload {
  /** How long the task waits, in ms. Default 0: it returns at once. */
  takesMs?: number
}

/** Waits for `takesMs`, and returns how long the wait took, in ms. Returns null at once if `takesMs` is 0. */
export function waitAsTold(payload: unknown): null | Promise<number> {
  const { takesMs = 0 } = payload as TimedPayload
  return takesMs === 0 ? null : measuredWait(takesMs)
}

async function measuredWait(takesMs: number): Promise<number> {
  const from = performance.now()
  await sleep(takesMs)
  return performance.now() - from
}

/** Returns the current time in ms since the epoch, with fractions. All processes of a machine share this clock. */
export function stamp(): number {
  return performance.timeOrigin + performance.now()
}
