import { chooseFit, type RateEstimate } from './choose-fit.ts'
import { drain, type Drain } from './drain.ts'
import { fitBucket } from './fit-bucket.ts'
import { fitWindows } from './fit-windows.ts'
import type { Call } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'
import { recover, type Recovery } from './recover.ts'
import { buildTrace } from './trace.ts'
import { windowsToTry } from './windows-to-try.ts'

export interface RateSearch {
  /** Concurrent calls at the start. */
  width: number
  maxWidth: number
  /** Calls rejected for reasons other than the rate. */
  ignored: ReadonlySet<Call>
}

/** What was observed of a rate limit. */
export interface RateFinding {
  /** Undefined if no limit was reached, or too little of it was observed. */
  estimate: RateEstimate | undefined
  /** Whether a call was rejected for its rate. */
  isHit: boolean
  /** The calls that a drain without a rejection made. */
  passed: { calls: number; elapsedMs: number }
  /** Concurrent calls that reach the limit. */
  width: number
  recoveries: Recovery[]
  /** The longest recovery, in ms. */
  recoveryMs: number
  /** The most calls that a drain has made. */
  longestDrain: number
  /** Returns the best explanation of all calls so far, including those of a verification. */
  reconsider: () => RateEstimate | undefined
}

/** Rests before a drain, in recovery times. What a limit restores in rests of different lengths reveals its kind. */
const RESTS = [0, 2.5, 0, 1, 0.5, 6] as const
const MIN_CYCLES = 3

/** The share of the remaining budgets that a drain may spend. It rises once a limit is known to exist. */
const FIRST_DRAIN_SHARE = 0.5
const NEXT_DRAIN_SHARE = 0.9

/** The share of all requests that may be spent, and the calls that the first drain may always make, to meet a limit. */
const SHARE_TO_MEET = 1 / 8
const CALLS_TO_MEET = 100

/** How much longer than the longest one another drain may be. */
const REPEATED_DRAIN = 2

/** Returns the finding before the first drain, to be filled by `findRate`. */
export function startRateFinding(session: ProbeSession, search: RateSearch): RateFinding {
  const recoveries: Recovery[] = []
  return {
    estimate: undefined,
    isHit: false,
    passed: { calls: 0, elapsedMs: 0 },
    width: search.width,
    recoveryMs: 0,
    longestDrain: 0,
    recoveries,
    reconsider: () => estimateRate(session, search, recoveries),
  }
}

/**
 * Drains the limit and waits for its recovery, repeatedly, until one kind of limiter explains all calls. Records each
 * step in the finding, so that a spent budget leaves what was found before.
 */
export async function findRate(session: ProbeSession, search: RateSearch, finding: RateFinding): Promise<void> {
  const { recoveries } = finding
  let known: readonly [number, number] | undefined
  for (const [cycle, rest] of [0, ...RESTS].entries()) {
    await session.sleep(rest * longest(recoveries))
    // Without a rest, the call that ended the recovery is the first call of the next drain.
    const startedAt = rest === 0 ? (session.calls.at(-1)?.sentAt ?? 0) : session.clock.now()
    const drained = await drain(session, drainOptions(session, search, finding, cycle))
    note(finding, drained)
    if (!drained.isRejected) break
    const recovery = await recover(session, known, startedAt)
    if (recovery === undefined) break
    recoveries.push(recovery)
    finding.recoveryMs = longest(recoveries)
    // After a short rest, it is unknown which earlier calls the upstream still counts.
    if (rest === 0 || rest > 2) known = narrow(known, recovery.betweenMs)
    finding.estimate = finding.reconsider()
    if (finding.estimate?.isClear && cycle >= MIN_CYCLES) break
  }
}

function drainOptions(
  session: ProbeSession,
  search: RateSearch,
  { width, isHit, longestDrain }: RateFinding,
  cycle: number,
) {
  const share = cycle === 0 ? FIRST_DRAIN_SHARE : NEXT_DRAIN_SHARE
  const toMeet = Math.floor(session.budgets.requests * SHARE_TO_MEET) - session.cost.requests
  const most = cycle === 0 ? Math.max(CALLS_TO_MEET, toMeet) : Math.max(CALLS_TO_MEET, longestDrain * REPEATED_DRAIN)
  return {
    width: isHit ? width : search.width,
    maxWidth: search.maxWidth,
    maxCalls: Math.min(Math.ceil(session.remainingRequests * share), most),
    maxMs: session.remainingMs * share,
  }
}

function note(finding: RateFinding, { isRejected, width, accepted, elapsedMs }: Drain): void {
  finding.longestDrain = Math.max(finding.longestDrain, accepted)
  if (isRejected) {
    finding.isHit = true
    finding.width = width
  } else if (elapsedMs > 0) {
    finding.passed = { calls: accepted, elapsedMs }
  }
}

function estimateRate(
  session: ProbeSession,
  { ignored }: Pick<RateSearch, 'ignored'>,
  recoveries: readonly Recovery[],
): RateEstimate | undefined {
  const trace = buildTrace(session.calls, ignored)
  if (trace.rejections === 0) return undefined
  const fits = fitWindows(trace, windowsToTry(recoveries, trace))
  const bucket = fitBucket(trace)
  return chooseFit(bucket ? [...fits, bucket] : fits, trace)
}

function longest(recoveries: readonly Recovery[]): number {
  return Math.max(0, ...recoveries.map(({ tookMs }) => tookMs))
}

/** Intersects two measurements. If they contradict each other, the later one counts. */
function narrow(
  known: readonly [number, number] | undefined,
  [after, until]: readonly [number, number],
): readonly [number, number] {
  if (known === undefined) return [after, until]
  const both = [Math.max(known[0], after), Math.min(known[1], until)] as const
  return both[0] < both[1] ? both : [after, until]
}
