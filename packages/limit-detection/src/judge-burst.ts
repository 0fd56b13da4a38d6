import { countOf, sendBurst } from './burst.ts'
import { oneWayMs, roundTripMs, sureOverlap } from './overlap.ts'
import type { Call } from './probe.ts'
import { isDoubtful, type ProbeSession } from './probe-session.ts'

/** The cause of the rejections in a burst. */
export type Verdict =
  | { cause: 'concurrency'; limit: number; calls: Call[] }
  | { cause: 'rate' }
  /** The rejections did not recur. */
  | { cause: 'chance' }

/**
 * When the late call of each repeated burst is sent, as a share of the fastest response. A later call gives an
 * allowance more time to refill. An earlier one makes it more certain that no call of the burst has ended. The shares
 * differ, because a window could end at one of these moments, but hardly at all of them.
 */
const LATE_CALLS = [0.7, 0.3, 0.5, 0.3] as const

/**
 * Determines why calls of a burst were rejected. Memory distinguishes a concurrency limit from a rate limit. Once no
 * call is in flight, a concurrency limit has forgotten the burst, and accepts as many calls again. While they are in
 * flight, it accepts no others.
 */
export async function judgeBurst(session: ProbeSession, burst: readonly Call[], passed: number): Promise<Verdict> {
  const alone = await session.call()
  if (alone.outcome === 'rejected') return { cause: 'rate' }
  const again = await sendBurst(session, burst.length)
  if (countOf(again, 'accepted') === again.length) return takeForChance(session, burst)
  const bursts = [burst, again]
  const calls = [...burst, ...again]
  for (const share of LATE_CALLS) {
    if (isRefilling(bursts)) break
    const telling = await sendTelling(session, again, share)
    bursts.push(telling.burst)
    calls.push(...telling.burst, telling.late)
    if (!isOfConcurrency(session, bursts, telling)) return { cause: 'rate' }
    if (countOf([...telling.burst, telling.late], 'accepted') > telling.burst.length)
      return takeForChance(session, calls)
  }
  const limit = Math.min(...bursts.map((sent) => countOf(sent, 'accepted')))
  // An earlier burst passed with as many calls, so the cause is not a concurrency limit.
  return limit < passed || isRefilling(bursts) ? { cause: 'rate' } : { cause: 'concurrency', limit, calls }
}

function takeForChance(session: ProbeSession, calls: readonly Call[]): Verdict {
  for (const call of calls.filter(isDoubtful)) session.dismiss(call)
  return { cause: 'chance' }
}

/** Whether the accepted calls of repeated bursts show an allowance that refills gradually. */
function isRefilling(bursts: readonly (readonly Call[])[]): boolean {
  const [first = 0, ...later] = bursts.map((calls) => countOf(calls, 'accepted'))
  return first === 0 || later.some((accepted) => accepted === 0 || accepted < first * 0.6)
}

interface Telling {
  burst: Call[]
  /** Sent before any call of the burst can have ended, so no concurrency is free. */
  late: Call
}

function isOfConcurrency(session: ProbeSession, bursts: readonly (readonly Call[])[], telling: Telling): boolean {
  const most = Math.max(...bursts.map((calls) => countOf(calls, 'accepted')))
  // More concurrent calls than before mean that the limit is not one of concurrency, and has been refilled meanwhile.
  return telling.late.outcome !== 'accepted' || overlapOf(session, [...telling.burst, telling.late]) <= most
}

async function sendTelling(session: ProbeSession, before: readonly Call[], lateShare: number): Promise<Telling> {
  const fastest = Math.min(...before.filter(({ outcome }) => outcome === 'accepted').map(roundTripMs))
  // The late call counts as well: the burst and the late call together stay within maxConcurrency.
  const size = Math.min(before.length, session.budgets.maxConcurrency - 1)
  const sending = Promise.all(before.slice(0, size).map(() => session.call()))
  const sendLate = async () => {
    await session.sleep(fastest * lateShare)
    return await session.call()
  }
  const [burst, late] = await Promise.all([sending, sendLate()])
  await session.idle()
  return { burst, late }
}

/** Returns how many of these calls the upstream certainly processed at the same time. */
export function overlapOf(session: ProbeSession, calls: readonly Call[]): number {
  return Math.max(1, sureOverlap(calls, oneWayMs([...calls, ...session.calls.slice(0, 50)])))
}
