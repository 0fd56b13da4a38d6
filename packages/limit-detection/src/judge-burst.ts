import { countOf, sendBurst } from './burst.ts'
import { oneWayMs, roundTripMs, sureOverlap } from './overlap.ts'
import type { Call } from './probe.ts'
import { isDoubtful, type ProbeSession } from './probe-session.ts'

/** What stopped a burst. */
export type Verdict =
  | { cause: 'concurrency'; limit: number; calls: Call[] }
  | { cause: 'rate' }
  /** It did not happen again. */
  | { cause: 'chance' }

/**
 * When the late call is sent, as a share of the fastest answer, each time a burst is repeated: an allowance that refills
 * needs time for it, and the earlier the surer that nothing of the burst is over. And a window may end just then, but not
 * each time.
 */
const LATE_CALLS = [0.7, 0.3, 0.5, 0.3] as const

/**
 * Determines what stopped a burst. Memory distinguishes a limit of concurrency from one of rate: once nothing is in flight, a
 * limit of concurrency has forgotten the burst and accepts as many again; while they are in flight it accepts no more.
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
  // As many have passed at once before, so what stops them now is no limit of concurrency.
  return limit < passed || isRefilling(bursts) ? { cause: 'rate' } : { cause: 'concurrency', limit, calls }
}

function takeForChance(session: ProbeSession, calls: readonly Call[]): Verdict {
  for (const call of calls.filter(isDoubtful)) session.dismiss(call)
  return { cause: 'chance' }
}

/** What comes back little by little is an allowance that refills. */
function isRefilling(bursts: readonly (readonly Call[])[]): boolean {
  const [first = 0, ...later] = bursts.map((calls) => countOf(calls, 'accepted'))
  return first === 0 || later.some((accepted) => accepted === 0 || accepted < first * 0.6)
}

interface Telling {
  burst: Call[]
  /** Sent before the first of the burst can be over: nothing is free. */
  late: Call
}

function isOfConcurrency(session: ProbeSession, bursts: readonly (readonly Call[])[], telling: Telling): boolean {
  const most = Math.max(...bursts.map((calls) => countOf(calls, 'accepted')))
  // More at once than before: the limit was none of concurrency, and has been refilled in between.
  return telling.late.outcome !== 'accepted' || overlapOf(session, [...telling.burst, telling.late]) <= most
}

async function sendTelling(session: ProbeSession, before: readonly Call[], lateShare: number): Promise<Telling> {
  const fastest = Math.min(...before.filter(({ outcome }) => outcome === 'accepted').map(roundTripMs))
  // The late one counts, too: together they are no more than may be in flight.
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

/** How many of these calls the upstream surely worked on at once. */
export function overlapOf(session: ProbeSession, calls: readonly Call[]): number {
  return Math.max(1, sureOverlap(calls, oneWayMs([...calls, ...session.calls.slice(0, 50)])))
}
