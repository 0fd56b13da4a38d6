import { ratePerSecond, type RateEstimate } from './choose-fit.ts'
import { readDeclaredRate } from './declared-rate.ts'
import type { Findings } from './describe-findings.ts'
import type { ConcurrencyFinding } from './concurrency-finding.ts'
import { findRate, startRateFinding, type RateFinding } from './find-rate.ts'
import type { Call } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'
import { SHARE_OF_RATE } from './recommend.ts'
import { verifyBelow, verifyRate, type Widths } from './verify-rate.ts'

export type DetectionStage = 'checking' | 'concurrency' | 'rate' | 'verifying'

type Enter = (stage: DetectionStage) => void

/** An estimate is verified, corrected if the verification failed, and verified again. */
const MAX_VERIFICATIONS = 4

/** Finds the rate limit: from headers if calls at the rate that they declare pass, otherwise by probing. */
export async function exploreRate(
  session: ProbeSession,
  findings: Findings,
  concurrency: ConcurrencyFinding,
  enter: Enter,
): Promise<void> {
  const widths = widthsFor(concurrency)
  findings.declared = await readDeclaredRate(session)
  if (findings.declared && (await isDeclaredRight(session, findings, widths, enter))) return
  enter('rate')
  const search = { ...widths, ignored: unclearRejections(session, concurrency) }
  findings.rate = startRateFinding(session, search)
  await findRate(session, search, findings.rate)
  const found = { ...widths, width: findings.rate.width, recoveryMs: findings.rate.recoveryMs }
  await verify(session, findings, findings.rate, found, enter)
}

/** Concurrency that the upstream accepts for certain, unless no limit was met at all. */
function widthsFor({ limit, atLeast, tried, endedBy, isConfirmed }: ConcurrencyFinding): Widths {
  const known = isConfirmed && limit !== null ? limit : atLeast
  const maxWidth = limit === null && endedBy === undefined ? Math.max(atLeast, tried) : known
  return { width: Math.min(6, maxWidth), maxWidth }
}

/** Rejections that too many calls in flight could have caused. They say nothing certain about the rate. */
function unclearRejections(session: ProbeSession, { atLeast }: ConcurrencyFinding): Set<Call> {
  return new Set(session.calls.filter(({ outcome, inFlight }) => outcome === 'rejected' && inFlight > atLeast))
}

async function isDeclaredRight(
  session: ProbeSession,
  findings: Findings,
  widths: Widths,
  enter: Enter,
): Promise<boolean> {
  if (findings.declared === undefined) return false
  const { rate, isWindowStated } = findings.declared
  enter('verifying')
  findings.verification = isWindowStated
    ? { below: await verifyBelow(session, rate, widths, SHARE_OF_RATE), above: 'not_done' }
    : await verifyRate(session, rate, widths)
  return findings.verification.below !== 'failed'
}

async function verify(
  session: ProbeSession,
  findings: Findings,
  rate: RateFinding,
  widths: Widths,
  enter: Enter,
): Promise<void> {
  for (let tries = 1; rate.estimate !== undefined; tries += 1) {
    enter('verifying')
    await verifyEstimate(session, findings, rate, widths)
    const { below, above } = findings.verification ?? {}
    if (below === 'passed' && above === 'passed') return refine(rate)
    if (below !== 'failed' && above !== 'failed') return
    // The calls below the last estimate passed, so it is a lower bound at least. Another one would not be verified.
    if (tries === MAX_VERIFICATIONS && below === 'passed') return
    rate.estimate = rate.reconsider()
    if (tries === MAX_VERIFICATIONS) return
  }
}

/**
 * Verifies an estimate. If both a bucket and a window explain the calls, the bucket is verified first: a window would
 * reject the first calls that the bucket accepts.
 */
async function verifyEstimate(
  session: ProbeSession,
  findings: Findings,
  rate: RateFinding,
  widths: Widths,
): Promise<void> {
  if (rate.estimate === undefined) return
  const { rival, ...estimate } = rate.estimate
  const estimates = rival === undefined ? [estimate] : [estimate, rival].toSorted(bucketFirst)
  for (const each of estimates) {
    rate.estimate = each
    findings.verification = await verifyRate(session, each, widths)
    const { below, above } = findings.verification
    if (below === 'passed' && above !== 'failed') return
  }
}

function bucketFirst(a: RateEstimate, b: RateEstimate): number {
  return Number(b.family === 'token_bucket') - Number(a.family === 'token_bucket')
}

/** The largest ratio by which all calls so far may correct a verified estimate. */
const MAX_CORRECTION = 1.1

/** Corrects a verified estimate by all calls so far, which are many more than it was made from. */
function refine(rate: RateFinding): void {
  const refined = rate.reconsider()
  if (rate.estimate === undefined || refined === undefined) return
  const ratio = ratePerSecond(refined) / ratePerSecond(rate.estimate)
  if (Math.max(ratio, 1 / ratio) <= MAX_CORRECTION) rate.estimate = { ...refined, rival: undefined }
}
