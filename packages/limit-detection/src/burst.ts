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
