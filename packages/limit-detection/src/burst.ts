import type { Call } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'

/** Sends `size` calls at once, and waits until no call is in flight. */
export async function sendBurst(session: ProbeSession, size: number): Promise<Call[]> {
  const calls = await Promise.all(Array.from({ length: size }, () => session.call()))
  await session.idle()
  return calls
}

export function countOf(calls: readonly Call[], outcome: Call['outcome']): number {
  return calls.filter((call) => call.outcome === outcome).length
}

/** Whether the upstream rejected a call of the burst because too many were in flight, and said so by its status. */
export function isBusy(burst: readonly Call[]): boolean {
  return countOf(burst, 'busy') > 0
}

/** Whether the upstream rejected calls of the burst for no other reason. */
export function isOnlyBusy(burst: readonly Call[]): boolean {
  return isBusy(burst) && countOf(burst, 'rejected') === 0
}

/** Whether most rejections of these calls had another status than the one for the rate. */
export function hasOwnStatus(calls: readonly Call[]): boolean {
  return countOf(calls, 'busy') > countOf(calls, 'rejected')
}

/** Whether no limit rejected a call of the burst. */
export function isWhole(burst: readonly Call[]): boolean {
  return countOf(burst, 'rejected') + countOf(burst, 'busy') === 0
}
