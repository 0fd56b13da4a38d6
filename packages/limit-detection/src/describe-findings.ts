import type { DeclaredRate } from './declared-rate.ts'
import type { Confidence, DetectionResult, FoundRate } from './detection-result.ts'
import type { BudgetSpentError } from './errors.ts'
import type { ConcurrencyFinding } from './find-concurrency.ts'
import type { RateFinding } from './find-rate.ts'
import type { ProbeSession } from './probe-session.ts'
import { recommend } from './recommend.ts'
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
  const recommended = recommend(found, limit)
  if (recommended.limit !== null && found?.source === 'headers') {
    recommended.limit.rules = (findings.declared?.rules ?? [])
      .slice(0, MAX_RULES)
      .flatMap((rule) => recommend({ ...found, ...rule }, null).limit?.rules ?? [])
  }
  return {
    concurrency: { limit, atLeast: concurrency?.atLeast ?? 1 },
    rate: { limit: found, atLeastPerSecond: roundRate(found === null ? (rate?.unlimitedPerSecond ?? 0) : 0) },
    recommended,
    confidence: confidenceOf(findings),
    notes: notesOn(session, findings, found),
    cost: session.cost,
  }
}

const MAX_RULES = 8

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
  if (!rate.isHit) return rate.unlimitedPerSecond > 0 ? 'high' : 'low'
  if (rate.estimate === undefined || verification === undefined || verification.below === 'failed') return 'low'
  const { error, isClear, hasRival } = rate.estimate
  if (error > MAX_ERROR.medium || (verification.below === 'not_done' && !isClear)) return 'low'
  return verification.above === 'passed' && error <= MAX_ERROR.high && !hasRival ? 'high' : 'medium'
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

function concurrencyNotes(finding: ConcurrencyFinding | undefined): string[] {
  if (finding === undefined) return ['The concurrency limit was not tested.']
  if (finding.limit !== null) {
    return finding.isConfirmed
      ? []
      : [`The limit of ${finding.limit} concurrent calls was not consistent over repeated tests.`]
  }
  const reason = finding.endedByRate ? 'The rate limit prevented larger tests.' : 'Higher concurrency was not tested.'
  return [`No concurrency limit was reached: at least ${finding.atLeast} concurrent calls pass. ${reason}`]
}

function rateNotes({ declared, rate }: Findings, found: FoundRate | null): string[] {
  if (found?.source === 'headers') {
    return declared?.isWindowStated
      ? ['The rate limit is the one that the upstream declares in its headers.']
      : ['The upstream declares the number of calls in its headers. The window was inferred from their resets.']
  }
  if (rate === undefined) return ['The rate limit was not tested.']
  if (!rate.isHit) {
    const perSecond = roundRate(rate.unlimitedPerSecond)
    return [`No rate limit was reached: at least ${perSecond} calls per second passed during the test.`]
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

/** Rounds to four significant digits, which is more than can be measured. */
function roundRate(value: number): number {
  return Number(value.toPrecision(4))
}
