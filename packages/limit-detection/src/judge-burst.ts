import { countOf, isBusy, isOnlyBusy, isWhole, sendBurst } from './burst.ts'
import { oneWayMs, roundTripMs, sureOverlap } from './overlap.ts'
import type { Call } from './probe.ts'
import { isDoubtful, type ProbeSession } from './probe-session.ts'

/** The cause of the rejections in a burst. */
export type Verdict =
  | { cause: 'concurrency'; limit: number; calls: readonly Call[] }
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
  // The response may have changed how the status of the others reads.
  if (isOnlyBusy(burst)) return await judgeBusy(session, [burst], passed)
  if (alone.outcome === 'rejected') return { cause: 'rate' }
  const again = await sendBurst(session, sizeAfter(burst))
  if (isWhole(again)) return takeForChance(session, burst)
  return await judgeRepeated(session, burst, again, passed)
}

/** Repeats a burst with a late call each time, until the bursts show the cause of their rejections. */
async function judgeRepeated(
  session: ProbeSession,
  burst: readonly Call[],
  again: readonly Call[],
  passed: number,
): Promise<Verdict> {
  const bursts = [burst, again]
  for (const share of LATE_CALLS) {
    if (bursts.some(isOnlyBusy)) break
    if (isRefilling(bursts)) return { cause: 'rate' }
    const telling = await sendTelling(session, again, share)
    bursts.push(telling.burst)
    if (isOnlyBusy(telling.burst)) break
    if (!isOfConcurrency(session, bursts, telling)) return { cause: 'rate' }
    const all = [...telling.burst, telling.late]
    if (isWhole(all) && overlapOf(session, all) >= again.length) return takeForChance(session, bursts.flat())
  }
  if (bursts.some(isOnlyBusy)) return await judgeBusy(session, bursts, passed)
  const limit = steadyCount(bursts)
  // An earlier burst passed with as many calls, so the cause is not a concurrency limit.
  if (limit < passed || isRefilling(bursts)) return { cause: 'rate' }
  return { cause: 'concurrency', limit, calls: bursts.flat() }
}

/**
 * Judges bursts of an upstream with one status for the rate and another one for too many calls in flight. If it is a
 * breakdown instead, the other status does not recur when the burst is repeated.
 */
export async function judgeBusy(
  session: ProbeSession,
  bursts: readonly (readonly Call[])[],
  passed: number,
  ready: (calls: number) => Promise<boolean> = async () => true,
): Promise<Verdict> {
  const [first = [], second] = bursts.filter(isBusy)
  if (second === undefined && !(await ready(sizeAfter(first)))) return { cause: 'rate' }
  const again = second ?? (await sendBurst(session, sizeAfter(first)))
  const busy = [...bursts, again].filter(isBusy)
  const limit = Math.min(...busy.map((burst) => countOf(burst, 'accepted')))
  if (isBusy(again) && limit >= passed) return { cause: 'concurrency', limit, calls: busy.flat() }
  return countOf([...first, ...again], 'rejected') > 0 ? { cause: 'rate' } : { cause: 'chance' }
}

const FEWEST_BEYOND = 3
const MOST_BEYOND = 8

/** The size of a repeated burst: larger than what was accepted, but only by as many calls as have to be rejected. */
function sizeAfter(burst: readonly Call[]): number {
  const accepted = countOf(burst, 'accepted')
  const beyond = Math.min(MOST_BEYOND, Math.max(FEWEST_BEYOND, Math.ceil(accepted / 4)))
  return Math.min(burst.length, accepted + beyond)
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

const STEADY_SPREAD = 0.3

/**
 * Returns how many calls of these bursts were accepted, most of the time. A rate limit may lower the count of a burst,
 * and a late call may raise it. Returns 0 if the counts differ too much to be those of a concurrency limit.
 */
function steadyCount(bursts: readonly (readonly Call[])[]): number {
  const counts = bursts.map((burst) => countOf(burst, 'accepted'))
  const most = Math.max(...counts)
  const least = Math.min(...counts)
  const usual = counts.find((count) => counts.filter((other) => other === count).length * 2 >= counts.length)
  return usual ?? (most - least <= Math.max(1, most * STEADY_SPREAD) ? least : 0)
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
