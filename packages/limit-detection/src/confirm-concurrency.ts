import { countOf, hasOwnStatus, sendBurst } from './burst.ts'
import type { ConcurrencyFinding } from './concurrency-finding.ts'
import { overlapOf } from './judge-burst.ts'
import type { Call } from './probe.ts'
import { isDoubtful, type ProbeSession } from './probe-session.ts'

/** A limit that bursts have shown, to be confirmed. */
export interface Candidate {
  limit: number
  /** The bursts that have shown it. */
  calls: readonly Call[]
  /** The highest concurrency that was certainly accepted so far. */
  atLeast: number
  /** The largest burst that is allowed. */
  max: number
  /** Resolves once a known rate limit allows so many calls at once, with false if it never will. */
  ready?: ((calls: number) => Promise<boolean>) | undefined
}

/** What the bursts so far have shown. */
interface Trial {
  limit: number
  atLeast: number
  /** Bursts of exactly the limit that have passed, and larger ones that have not. */
  passes: number
  excesses: number
  /** Bursts of exactly the limit that have not passed. */
  failures: number
  end?: 'rate' | 'inconsistency'
}

const MAX_TRIES = 12

/** How often bursts of exactly the limit must pass, because a late call may take the place of one that has ended. */
const PASSES = 3

/** How often larger ones must be rejected, because a single rejection may be a breakdown. */
const EXCESSES = 2

/** How often a burst of exactly the limit may fail before an unknown rate limit is the more likely reason. */
const MAX_FAILURES = 1

/**
 * Confirms a concurrency limit: bursts of exactly the limit must pass, and bursts of one more call must not. If an
 * unknown rate limit interferes, the limit remains unconfirmed.
 */
export async function confirmConcurrency(session: ProbeSession, candidate: Candidate): Promise<ConcurrencyFinding> {
  const { limit, atLeast } = candidate
  const trial: Trial = { limit, atLeast: Math.min(limit, atLeast), passes: 0, excesses: 0, failures: 0 }
  for (let tries = 0; tries < MAX_TRIES && trial.end === undefined && !isComplete(trial); tries += 1) {
    const isBeyond = trial.passes > trial.excesses && trial.excesses < EXCESSES
    const burst = await sendClearBurst(session, trial.limit + (isBeyond ? 1 : 0), candidate)
    if (burst === undefined) return findingOf(trial, candidate)
    if (await isRateMet(session, burst, candidate)) trial.end = 'rate'
    else if (isBeyond) noteBeyond(trial, burst, candidate)
    else noteWithin(trial, burst, candidate)
    if (trial.end === undefined)
      trial.atLeast = Math.max(trial.atLeast, Math.min(trial.limit, overlapOf(session, burst)))
  }
  if (!isComplete(trial)) trial.end ??= 'inconsistency'
  return findingOf(trial, candidate)
}

function isComplete({ passes, excesses }: Trial): boolean {
  return passes >= PASSES && excesses >= EXCESSES
}

function noteBeyond(trial: Trial, burst: readonly Call[], candidate: Candidate): void {
  if (isExceeded(burst, candidate)) trial.excesses += 1
  else if (burst.length < candidate.max) moveTo(trial, burst.length)
  else trial.end = 'inconsistency'
}

function noteWithin(trial: Trial, burst: readonly Call[], candidate: Candidate): void {
  const accepted = Math.max(1, countOf(burst, 'accepted'))
  if (!isExceeded(burst, candidate)) trial.passes += 1
  // A late call may have raised the limit that bursts have shown, but hardly by more than one.
  else if (candidate.ready || hasOwnStatus(candidate.calls) || accepted === candidate.limit - 1) moveTo(trial, accepted)
  else if ((trial.failures += 1) > MAX_FAILURES) trial.end = burst.some(isDoubtful) ? 'inconsistency' : 'rate'
}

function moveTo(trial: Trial, limit: number): void {
  Object.assign(trial, { limit, passes: 0, excesses: 0, atLeast: Math.min(trial.atLeast, limit) })
}

function findingOf(trial: Trial, { limit: shown, calls }: Candidate): ConcurrencyFinding {
  const { atLeast, end } = trial
  // A rate limit has lowered what was accepted, so what other bursts have shown counts.
  const limit = end === 'rate' ? shown : trial.limit
  // Calls that are answered faster than they arrive may never have been in flight together.
  const isSure = atLeast === limit
  const isConfirmed = isComplete(trial) && isSure
  // The limit of calls that did overlap, but were not rejected in the same way each time, does not exist.
  const isFound = end !== 'inconsistency' || (!isSure && !calls.some(isDoubtful))
  return { limit: isFound ? limit : null, atLeast, tried: limit + 1, isConfirmed, calls, endedBy: end }
}

/** Whether a limit has rejected calls of the burst, other than by chance. */
function isExceeded(burst: readonly Call[], { calls }: Candidate): boolean {
  return countOf(burst, hasOwnStatus(calls) ? 'busy' : 'rejected') > 0
}

/** Whether an unknown rate limit has rejected calls of the burst. If no status shows it, a call alone does. */
async function isRateMet(session: ProbeSession, burst: readonly Call[], candidate: Candidate): Promise<boolean> {
  if (hasOwnStatus(candidate.calls)) return countOf(burst, 'rejected') > 0
  if (candidate.ready || countOf(burst, 'rejected') === 0) return false
  const alone = await session.call()
  // A single call may break down by chance, but hardly two in a row.
  const last = isDoubtful(alone) ? await session.call() : alone
  return last.outcome === 'rejected'
}

const MAX_REPEATS = 3

/** Sends a burst, and again if a call of it broke down, because one call less was in flight then. */
async function sendClearBurst(
  session: ProbeSession,
  size: number,
  { calls, ready }: Candidate,
): Promise<Call[] | undefined> {
  let burst: Call[] | undefined
  for (let repeats = 0; repeats < MAX_REPEATS; repeats += 1) {
    if (ready && !(await ready(size))) return undefined
    burst = await sendBurst(session, size)
    if (countOf(burst, 'failed') === 0 && (hasOwnStatus(calls) || countOf(burst, 'busy') === 0)) return burst
  }
  return burst
}
