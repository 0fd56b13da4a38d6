import { Allowance } from './allowance.ts'
import { DEFAULT_BUDGETS, type Budgets } from './budgets.ts'
import { hasOwnStatus } from './burst.ts'
import { checkTarget } from './check-target.ts'
import type { Clock } from './clock.ts'
import { latestLimits } from './declared-rate.ts'
import { describeFindings, type Findings } from './describe-findings.ts'
import type { DetectionResult } from './detection-result.ts'
import { BudgetSpentError } from './errors.ts'
import { exploreRate, type DetectionStage } from './explore-rate.ts'
import { findConcurrencyBelowRate } from './find-concurrency-below-rate.ts'
import type { ConcurrencyFinding } from './concurrency-finding.ts'
import { findConcurrency } from './find-concurrency.ts'
import type { Probe } from './probe.ts'
import { ProbeSession, type DetectionCost } from './probe-session.ts'

/** The progress of a detection. */
export interface DetectionProgress extends DetectionCost {
  stage: DetectionStage
}

export interface DetectionOptions {
  probe: Probe
  clock: Clock
  /** Default `DEFAULT_BUDGETS`. */
  budgets?: { [Budget in keyof Budgets]?: number | undefined } | undefined
  /** Aborts the detection, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Called after each call. */
  onProgress?: ((progress: DetectionProgress) => void) | undefined
}

/**
 * Measures how many concurrent calls, and how many calls per window, an upstream accepts: from its headers if they
 * declare limits, otherwise by probing. Nothing else may call the upstream under the same account meanwhile.
 *
 * @throws {DetectionError} when calls do not succeed. Also throws any error of the probe, and the signal's reason.
 */
export async function detectLimits(options: DetectionOptions): Promise<DetectionResult> {
  const { probe, clock, signal = new AbortController().signal, onProgress } = options
  const budgets = withDefaults(options.budgets)
  let stage: DetectionStage = 'checking'
  const onCall = () => onProgress?.({ stage, ...session.cost })
  const session: ProbeSession = new ProbeSession({ probe, clock, budgets, signal, onCall })
  const findings: Findings = {}
  try {
    await explore(session, findings, (next) => {
      stage = next
      onCall()
    })
  } catch (error) {
    if (!(error instanceof BudgetSpentError)) throw error
    findings.spent = error.budget
  } finally {
    session.close()
  }
  return describeFindings(session, findings)
}

/** Records the findings step by step, so that a spent budget leaves those of the earlier steps. */
async function explore(
  session: ProbeSession,
  findings: Findings,
  enter: (stage: DetectionStage) => void,
): Promise<void> {
  await checkTarget(session)
  enter('concurrency')
  const max = burstLimit(session)
  findings.concurrency = await findConcurrency(session, max)
  await exploreRate(session, findings, findings.concurrency, enter)
  const { concurrency, rate, declared } = findings
  const estimate = rate ? rate.estimate : declared?.rate
  if (estimate === undefined || isSettled(concurrency)) return
  enter('concurrency')
  const allowance = new Allowance(session, estimate)
  findings.concurrency = await findConcurrencyBelowRate(session, { known: concurrency, allowance, max })
}

/** Whether a rate limit cannot have changed the finding: no limit was met, or one that answers with its own status. */
function isSettled({ endedBy, limit, calls }: ConcurrencyFinding): boolean {
  return endedBy === undefined && (limit === null || hasOwnStatus(calls))
}

/** The largest burst for the concurrency test. It stays below the remaining allowance if headers declare it. */
function burstLimit(session: ProbeSession): number {
  const remaining = latestLimits(session.calls).map(({ remaining: calls }) => calls ?? Infinity)
  return Math.max(1, Math.min(session.budgets.maxConcurrency, Math.floor(Math.min(Infinity, ...remaining) / 3)))
}

function withDefaults(budgets: DetectionOptions['budgets'] = {}): Budgets {
  const { requests, rejections, seconds, maxConcurrency } = DEFAULT_BUDGETS
  return {
    requests: budgets.requests ?? requests,
    rejections: budgets.rejections ?? rejections,
    seconds: budgets.seconds ?? seconds,
    maxConcurrency: budgets.maxConcurrency ?? maxConcurrency,
  }
}
