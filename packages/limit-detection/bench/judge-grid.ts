import { DetectionError, type DetectionResult } from '../src/index.ts'
import { detect, ratePerSecond } from '../test/support/detect.ts'
import type { GridRow, GridUpstream } from './grid-rows.ts'

/**
 * `right`: rate within a tenth and concurrency exact, or a refusal where nothing can be measured. `incomplete`: a limit
 * that a detection can meet was not found. `wrong`: something false is claimed. `lost`: no result where one was possible.
 */
export type Verdict = 'right' | 'incomplete' | 'wrong' | 'lost'

/** One detection of the grid. */
export interface Score {
  name: string
  seed: number
  verdict: Verdict
  /** The relative error of the rate. Infinity: none exists. Undefined: none was found. */
  rateError: number | undefined
  concurrency: number | null
  /** The recommended rate ÷ the true one. Infinity: none exists. Undefined: none was recommended. */
  recommended: number | undefined
  /** Undefined: the detection was refused. */
  result: DetectionResult | undefined
}

const MAX_ERROR = 0.1

/** Whether the recommended rate exceeds the true one by more than a tenth. */
export function isTooHigh({ recommended = 0 }: Score): boolean {
  return recommended > 1 + MAX_ERROR && recommended !== Infinity
}

/** Detects the limits of each upstream of a row, with `runs` seeds each. */
export async function scoresOf({ upstreams }: GridRow, runs: number): Promise<Score[]> {
  const scores: Score[] = []
  for (const [i, upstream] of upstreams.entries()) {
    for (let run = 0; run < runs; run += 1) scores.push(await scoreOf(upstream, 1 + i + 1000 * run))
  }
  return scores
}

async function scoreOf(upstream: GridUpstream, seed: number): Promise<Score> {
  const result = await detect({ ...upstream.create(), seed }).catch((error: unknown) => {
    if (error instanceof DetectionError) return undefined
    throw error
  })
  const found = shareOf(upstream, result?.rate.limit)
  const rateError = found === undefined ? undefined : found - 1
  const concurrency = result?.concurrency.limit ?? null
  const recommended = shareOf(upstream, result?.recommended.limit?.rules[0])
  const verdict = verdictOn(upstream, result, rateError)
  return { name: upstream.name, seed, verdict, rateError, concurrency, recommended, result }
}

/** Returns the ratio of a rate to the true one of the upstream. */
function shareOf(upstream: GridUpstream, rate: { max: number; perMs: number } | null | undefined): number | undefined {
  const { rate: truth } = upstream
  if (rate === null || rate === undefined) return undefined
  return truth === undefined ? Infinity : ratePerSecond(rate) / truth
}

function verdictOn(
  upstream: GridUpstream,
  result: DetectionResult | undefined,
  rateError: number | undefined,
): Verdict {
  if (upstream.isUnusable) return result === undefined ? 'right' : 'wrong'
  if (result === undefined) return 'lost'
  const found = result.concurrency.limit ?? undefined
  if (found !== undefined && found !== upstream.concurrency) return 'wrong'
  if (rateError !== undefined && Math.abs(rateError) > MAX_ERROR) return 'wrong'
  if (!isRightWindow(upstream, result)) return 'wrong'
  const isMissing = (isMet: boolean, value: number | undefined) => isMet && value === undefined
  const { isRateMet, isConcurrencyMet } = upstream
  return isMissing(isRateMet, rateError) || isMissing(isConcurrencyMet, found) ? 'incomplete' : 'right'
}

/** A weighted count over a window recovers like a bucket, which states none. */
function isRightWindow({ perMs }: GridUpstream, { rate: { limit } }: DetectionResult): boolean {
  if (perMs === undefined || limit === null || limit.family === 'token_bucket') return true
  return Math.abs(limit.perMs / perMs - 1) <= MAX_ERROR
}
