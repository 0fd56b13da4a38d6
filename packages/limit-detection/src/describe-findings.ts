import { ratePerSecond } from './choose-fit.ts'
import type { DeclaredRate } from './declared-rate.ts'
import type { Confidence, DetectionResult, FoundRate } from './detection-result.ts'
import type { BudgetSpentError } from './errors.ts'
import type { ConcurrencyFinding } from './concurrency-finding.ts'
import type { RateFinding } from './find-rate.ts'
import type { ProbeSession } from './probe-session.ts'
import { recommend, SHARE_OF_UNVERIFIED_RATE } from './recommend.ts'
import type { Verification } from './verify-rate.ts'

/** The findings of each step. A step that did not run is absent. */
export interface Findings {
  declared?: DeclaredRate | undefined
  concurrency?: ConcurrencyFinding | undefined
  rate?: RateFinding | undefined
  verification?: Verification | undefined
  spent?: BudgetSpentError['budget'] | undefined
}

const MAX_ERROR = { high: 0.25, medium: 0.6 }

/** Builds the result of a detection. It claims no more than was observed. */
export function describeFindings(session: ProbeSession, findings: Findings): DetectionResult {
  const { concurrency, rate } = findings
  const found = foundRate(findings)
  const limit = concurrency?.limit ?? null
  const recommended = recommendFor(findings, found, limit)
  if (recommended.limit !== null && found?.source === 'headers') {
    recommended.limit.rules = (findings.declared?.rules ?? [])
      .slice(0, MAX_RULES)
      .flatMap((rule) => recommend({ ...found, ...rule }, null).limit?.rules ?? [])
  }
  return {
    concurrency: { limit, atLeast: concurrency?.atLeast ?? 1 },
    rate: { limit: found, atLeastPerSecond: found === null ? passedPerSecond(rate) : 0 },
    recommended,
    confidence: confidenceOf(findings),
    notes: notesOn(session, findings, found),
    cost: session.cost,
  }
}

const MAX_RULES = 8

/** A rate that could not be verified may be too high, so the lowest of equally good rates counts, and less of it. */
function recommendFor(
  findings: Findings,
  found: FoundRate | null,
  concurrency: number | null,
): DetectionResult['recommended'] {
  const estimate = findings.rate?.estimate
  if (found === null || estimate === undefined || rateConfidence(findings) !== 'low')
    return recommend(found, concurrency)
  const lowest = Math.min(1, estimate.range[0] / ratePerSecond(estimate))
  return recommend({ ...found, max: found.max * lowest }, concurrency, SHARE_OF_UNVERIFIED_RATE)
}

function foundRate({ declared, rate }: Findings): FoundRate | null {
  const estimate = rate?.estimate ?? (rate === undefined ? declared?.rate : undefined)
  if (estimate === undefined) return null
  const { family, max, perMs, burst = null } = estimate
  if (rate === undefined) return { max, perMs, source: 'headers', family: burst === null ? null : family, burst }
  return { max: roundRate(max), perMs: Math.round(perMs), source: 'probing', family, burst }
}

/** The confidence in the recommendation as a whole: the lower one of rate and concurrency. */
function confidenceOf(findings: Findings): Confidence {
  const { concurrency, spent } = findings
  const levels: Confidence[] = [rateConfidence(findings)]
  if (concurrency?.limit !== null && concurrency !== undefined && !concurrency.isConfirmed) levels.push('medium')
  if (concurrency === undefined) levels.push('low')
  if (spent !== undefined) levels.push('medium')
  const order: readonly Confidence[] = ['low', 'medium', 'high']
  return order.find((level) => levels.includes(level)) ?? 'low'
}

function rateConfidence({ declared, rate, verification }: Findings): Confidence {
  if (rate === undefined) {
    if (verification?.below !== 'passed') return 'medium'
    return declared?.isWindowStated || verification.above === 'passed' ? 'high' : 'medium'
  }
  // A limit that allows more calls at once than were made remains possible.
  if (!rate.isHit) return rate.passed.calls > 0 ? 'medium' : 'low'
  if (rate.estimate === undefined || verification === undefined || verification.below === 'failed') return 'low'
  const { error, isClear, rival } = rate.estimate
  if (error > MAX_ERROR.medium || (verification.below === 'not_done' && !isClear)) return 'low'
  return verification.above === 'passed' && error <= MAX_ERROR.high && rival === undefined ? 'high' : 'medium'
}

function notesOn(session: ProbeSession, findings: Findings, found: FoundRate | null): string[] {
  return [
    ...concurrencyNotes(findings.concurrency),
    ...rateNotes(findings, found),
    ...verificationNotes(findings.verification),
    ...otherUnits(session),
    ...budgetNotes(findings.spent),
  ]
}

/** Why no higher concurrency was found. */
const REASONS = {
  size: 'Higher concurrency was not tested.',
  rate: 'The rate limit prevented larger tests.',
  inconsistency: 'Some calls of larger bursts were rejected, but not the same number each time.',
}

function concurrencyNotes(finding: ConcurrencyFinding | undefined): string[] {
  if (finding === undefined) return ['The concurrency limit was not tested.']
  if (finding.limit !== null) {
    return finding.isConfirmed
      ? []
      : [`The limit of ${finding.limit} concurrent calls could not be confirmed by repeated tests.`]
  }
  const reason = REASONS[finding.endedBy ?? 'size']
  return [`No concurrency limit was reached: at least ${finding.atLeast} concurrent calls pass. ${reason}`]
}

function rateNotes({ concurrency, declared, rate }: Findings, found: FoundRate | null): string[] {
  if (found?.source === 'headers') {
    return declared?.isWindowStated
      ? ['The rate limit is the one that the upstream declares in its headers.']
      : ['The upstream declares the number of calls in its headers. The window was inferred from their resets.']
  }
  if (rate === undefined) return ['The rate limit was not tested.']
  if (!rate.isHit) {
    const { calls, elapsedMs } = rate.passed
    const seconds = roundRate(elapsedMs / 1000)
    const passed = `${calls} calls within ${seconds} s passed, which are at least ${passedPerSecond(rate)} calls per second.`
    return concurrency?.endedBy === 'rate'
      ? [`Larger bursts were rejected for their rate, but in a steady flow ${passed}`]
      : [`No rate limit was reached: ${passed} A limit that allows as many at once was not tested.`]
  }
  if (found === null) return ['The rate is limited, but its window is longer than could be observed.']
  const [low, high] = rate.estimate?.range ?? [0, 0]
  const spread =
    low > 0 && high / low > 1.06
      ? [`Rates from ${roundRate(low)} to ${roundRate(high)} calls per second fit equally well.`]
      : []
  const contradiction = declared
    ? ['The headers declare another rate limit, but calls at that rate were rejected.']
    : []
  return [...contradiction, ...spread]
}

function verificationNotes(verification: Verification | undefined): string[] {
  if (verification === undefined) return []
  const { below, above } = verification
  if (below === 'not_done') return ['The rate could not be verified: the budget was too small, or calls took too long.']
  if (below === 'failed') return ['Calls slightly below this rate were still rejected: treat it as too high.']
  if (above === 'failed') return ['Calls slightly above this rate also passed: the limit may be higher.']
  return ['All calls slightly below this rate passed.']
}

function otherUnits({ calls }: ProbeSession): string[] {
  const declared = calls.findLast(({ declared: limits = [] }) => limits.length > 0)?.declared ?? []
  return declared
    .filter(({ unit }) => unit !== 'requests')
    .map(
      ({ unit, max }) => `The upstream also declares a limit of ${max} ${unit}, which the detection does not measure.`,
    )
}

function budgetNotes(spent: Findings['spent']): string[] {
  return spent === undefined ? [] : [`The budget of ${spent} was used up before the detection was complete.`]
}

/** The calls per second that passed without a rejection. */
function passedPerSecond(rate: RateFinding | undefined): number {
  const { calls, elapsedMs } = rate?.passed ?? { calls: 0, elapsedMs: 0 }
  return elapsedMs === 0 ? 0 : roundRate((calls / elapsedMs) * 1000)
}

/** Rounds to four significant digits, which is more than can be measured. */
function roundRate(value: number): number {
  return Number(value.toPrecision(4))
}
