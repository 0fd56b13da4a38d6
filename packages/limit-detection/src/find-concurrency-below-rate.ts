import type { Allowance } from './allowance.ts'
import { countOf, hasOwnStatus, isOnlyBusy, isWhole, sendBurst } from './burst.ts'
import { confirmConcurrency } from './confirm-concurrency.ts'
import { drain } from './drain.ts'
import type { ConcurrencyFinding } from './concurrency-finding.ts'
import { judgeBusy, overlapOf, type Verdict } from './judge-burst.ts'
import type { Call } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'

export interface SearchBelowRate {
  /** What the first search has found. */
  known: ConcurrencyFinding
  /** What the rate limit allows at once. */
  allowance: Allowance
  /** The largest burst that is allowed. */
  max: number
}

/** A search and what it needs in each step. */
interface Search extends SearchBelowRate {
  session: ProbeSession
  /** Waits until the rate allows so many calls at once. Resolves with false if it never will. */
  ready: (calls: number) => Promise<boolean>
}

/**
 * Continues a search for the concurrency limit that an unknown rate limit has ended, or may have misled. The rate is
 * known now, so the search sends each burst when the rate allows all of its calls.
 */
export async function findConcurrencyBelowRate(
  session: ProbeSession,
  options: SearchBelowRate,
): Promise<ConcurrencyFinding> {
  const { known, allowance } = options
  const { capacity } = allowance
  // One call more shows a limit of exactly the capacity, if the upstream rejects that call with another status.
  const ready = (calls: number) => allowance.ready(calls === capacity + 1 ? capacity : calls)
  const search: Search = { ...options, session, ready }
  if (known.limit === null || !isDistinct(search, known.calls, known.limit)) return await searchBeyond(search)
  if (!(await ready(known.limit + 1))) return known
  const again = await confirm(search, { ...known, limit: known.limit })
  return again.isConfirmed || again.limit === known.limit ? again : await searchBeyond(search)
}

function confirm(
  { session, max, ready }: Search,
  { limit, calls, atLeast }: { limit: number; calls: readonly Call[]; atLeast: number },
): Promise<ConcurrencyFinding> {
  return confirmConcurrency(session, { limit, calls, atLeast, max, ready })
}

/** Sends larger and larger bursts until one meets the limit, or has all calls that the rate allows. */
async function searchBeyond(search: Search): Promise<ConcurrencyFinding> {
  const { session, known, ready } = search
  const finding: ConcurrencyFinding = { ...known, limit: null, isConfirmed: false }
  const sizes = sizesBeyond(search)
  for (let passed = known.atLeast, size = sizes(passed); size > passed; size = sizes(passed)) {
    if (session.remainingRejections <= size || !(await ready(size))) break
    const burst = await sendBurst(session, size)
    finding.tried = Math.max(finding.tried, size)
    finding.atLeast = Math.max(finding.atLeast, overlapOf(session, burst))
    const verdict = await judgeBelowRate(search, burst, passed)
    if (verdict.cause === 'concurrency') return await confirm(search, { ...verdict, atLeast: finding.atLeast })
    if (verdict.cause === 'rate') break
    passed = size
  }
  return finding
}

/** Returns the size of the burst after one of this size has passed: twice as many calls, and at last one too many. */
function sizesBeyond({ max, allowance: { capacity } }: Search): (passed: number) => number {
  const top = Math.min(max, capacity + 1)
  return (passed) => (passed < capacity ? Math.min(top, passed * 2, capacity) : top)
}

/** Whether a limit of concurrency cannot be the number of calls that the rate allows at once. */
function isDistinct({ allowance }: Search, calls: readonly Call[], limit: number): boolean {
  return hasOwnStatus(calls) || allowance.exceeds(limit)
}

/**
 * Determines why calls of a burst were rejected although the rate allows as many. A concurrency limit accepts as many
 * calls if fewer of them are in flight at the same time.
 */
async function judgeBelowRate(search: Search, burst: readonly Call[], passed: number): Promise<Verdict> {
  const { session, ready, allowance } = search
  if (isWhole(burst)) return { cause: 'chance' }
  if (isOnlyBusy(burst)) return await judgeBusy(session, [burst], passed, ready)
  if (burst.length > allowance.capacity || !(await passWithFewer(search, burst.length, passed)))
    return { cause: 'rate' }
  const again = await sendBurst(session, burst.length)
  if (isWhole(again)) return { cause: 'chance' }
  const limit = Math.min(countOf(burst, 'accepted'), countOf(again, 'accepted'))
  const calls = [...burst, ...again]
  if (limit < passed || !isDistinct(search, calls, limit)) return { cause: 'rate' }
  return { cause: 'concurrency', limit, calls }
}

/** Whether as many calls pass if only `width` of them are in flight. Then waits until the rate allows as many again. */
async function passWithFewer({ session, ready }: Search, calls: number, width: number): Promise<boolean> {
  const alone = await session.call()
  if (alone.outcome === 'rejected' || !(await ready(calls))) return false
  const fewer = await drain(session, { width, maxWidth: width, maxCalls: calls, maxMs: Infinity })
  return !fewer.isRejected && (await ready(calls))
}
