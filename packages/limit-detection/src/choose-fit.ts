import type { LimiterFit } from './fit-windows.ts'
import type { Trace } from './trace.ts'
import type { LimiterFamily } from './window-families.ts'
import { isNiceWindow } from './windows-to-try.ts'

/** An estimate of a rate limit. */
export interface RateEstimate {
  family: LimiterFamily
  /** Calls per window of `perMs`. */
  max: number
  perMs: number
  /** The capacity of a token bucket, in tokens. */
  burst?: number | undefined
  /** The range of calls per second over all equally good explanations. */
  range: [low: number, high: number]
  /** Calls that the estimate does not explain ÷ rejected calls. */
  error: number
  /** A limiter of the other kind, bucket or window, that explains the calls nearly as well at another rate. */
  rival?: RateEstimate | undefined
  /** Whether all explanations that are as good agree about the rate. */
  isClear: boolean
}

/** From simple to complex. Of two equally good explanations, the simpler one is chosen. */
const FAMILIES: readonly LimiterFamily[] = [
  'sliding_log',
  'fixed_from_first',
  'fixed_by_clock',
  'token_bucket',
  'sliding_counter',
]

/** The largest ratio of rates that counts as agreement. */
const CLEAR_SPREAD = 1.06
const MAX_CLEAR_ERROR = 0.15
const RIVAL_SPREAD = 0.05

/** Chooses the explanation with the fewest misses. Among equals it prefers a common window, then the simplest kind. */
export function chooseFit(candidates: readonly LimiterFit[], trace: Trace): RateEstimate | undefined {
  const fits = candidates.map((fit) => ({ ...fit, misses: fit.misses + handicapOf(fit) }))
  const fewest = Math.min(...fits.map(({ misses }) => misses))
  const best = fits.filter(({ misses }) => misses === fewest)
  const chosen = middleOf(simplestOf(nicestOf(best)))
  if (chosen === undefined) return undefined
  const close = fits.filter(({ misses }) => misses <= fewest + Math.max(1, fewest * 0.25))
  const rivals = close.filter((fit) => isRival(fit, chosen))
  const fewestOfRivals = Math.min(...rivals.map(({ misses }) => misses))
  const rival = middleOf(simplestOf(nicestOf(rivals.filter(({ misses }) => misses === fewestOfRivals))))
  return { ...estimateOf(chosen, best, trace), rival: rival && estimateOf(rival, [rival], trace) }
}

function estimateOf(fit: LimiterFit, equals: readonly LimiterFit[], trace: Trace): RateEstimate {
  const rates = equals.flatMap((equal) => equal.range ?? [ratePerSecond(equal)])
  const range: [number, number] = [Math.min(...rates), Math.max(...rates)]
  const error = fit.misses / Math.max(1, trace.rejections)
  const isClear = range[1] / range[0] <= CLEAR_SPREAD && error <= MAX_CLEAR_ERROR
  return { ...fit, range, error, isClear }
}

function isRival(fit: LimiterFit, chosen: LimiterFit): boolean {
  const isOtherKind = (fit.family === 'token_bucket') !== (chosen.family === 'token_bucket')
  return isOtherKind && Math.abs(ratePerSecond(fit) / ratePerSecond(chosen) - 1) > RIVAL_SPREAD
}

/** A penalty in misses for uncommon windows. A weighted count over an arbitrary one can explain nearly anything. */
function handicapOf({ family, perMs }: LimiterFit): number {
  if (isNiceWindow(perMs)) return 0
  return family === 'sliding_counter' ? 3 : 1
}

export function ratePerSecond({ max, perMs }: { max: number; perMs: number }): number {
  return (max / perMs) * 1000
}

function nicestOf(fits: readonly LimiterFit[]): readonly LimiterFit[] {
  const nice = fits.filter(({ perMs, family }) => family !== 'token_bucket' && isNiceWindow(perMs))
  return nice.length > 0 ? nice : fits
}

function simplestOf(fits: readonly LimiterFit[]): readonly LimiterFit[] {
  const family = FAMILIES.find((name) => fits.some((fit) => fit.family === name))
  return fits.filter((fit) => fit.family === family)
}

function middleOf(fits: readonly LimiterFit[]): LimiterFit | undefined {
  return fits.toSorted((a, b) => a.perMs - b.perMs)[Math.floor((fits.length - 1) / 2)]
}
