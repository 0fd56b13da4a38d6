import { DEFAULT_BUDGETS, type Budgets } from './budgets.ts'
import { checkTarget } from './check-target.ts'
import type { Clock } from './clock.ts'
import type { DetectionResult } from './detection-result.ts'
import { BudgetSpentError } from './errors.ts'
import { describeFindings, type Findings } from './describe-findings.ts'
import { findConcurrency } from './find-concurrency.ts'
import { findRate } from './find-rate.ts'
import type { Probe } from './probe.ts'
import { ProbeSession, type DetectionCost } from './probe-session.ts'
import { latestLimits, readDeclaredRate } from './declared-rate.ts'
import { SHARE_OF_RATE } from './recommend.ts'
import { verifyBelow, verifyRate, type Widths } from './verify-rate.ts'

export type DetectionStage = 'checking' | 'concurrency' | 'rate' | 'verifying'

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

/** An estimate is verified, corrected if the verification failed, and verified again. */
const MAX_VERIFICATIONS = 2

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
  findings.concurrency = await findConcurrency(session, burstLimit(session))
  findings.declared = await readDeclaredRate(session)
  const { limit, atLeast, rejections } = findings.concurrency
  const maxWidth = limit ?? Math.max(atLeast, findings.concurrency.tried)
  const widths = { width: Math.min(6, maxWidth), maxWidth }
  if (findings.declared && (await isDeclaredRight(session, findings, widths, enter))) return
  enter('rate')
  findings.rate = await findRate(session, { ...widths, ignored: rejections })
  const found = { maxWidth, width: findings.rate.width, recoveryMs: findings.rate.recoveryMs }
  for (let tries = 0; tries < MAX_VERIFICATIONS && findings.rate.estimate; tries += 1) {
    enter('verifying')
    findings.verification = await verifyRate(session, findings.rate.estimate, found)
    const { below, above } = findings.verification
    if (below !== 'failed' && above !== 'failed') return
    findings.rate.estimate = findings.rate.reconsider()
  }
}

/** The largest burst for the concurrency test. It stays below the remaining allowance if headers declare it. */
function burstLimit(session: ProbeSession): number {
  const remaining = latestLimits(session.calls).map(({ remaining: calls }) => calls ?? Infinity)
  return Math.max(1, Math.min(session.budgets.maxConcurrency, Math.floor(Math.min(Infinity, ...remaining) / 3)))
}

async function isDeclaredRight(
  session: ProbeSession,
  findings: Findings,
  widths: Widths,
  enter: (stage: DetectionStage) => void,
): Promise<boolean> {
  if (findings.declared === undefined) return false
  const { rate, isWindowStated } = findings.declared
  enter('verifying')
  findings.verification = isWindowStated
    ? { below: await verifyBelow(session, rate, widths, SHARE_OF_RATE), above: 'not_done' }
    : await verifyRate(session, rate, widths)
  return findings.verification.below !== 'failed'
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
