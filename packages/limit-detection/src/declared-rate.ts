import type { RateEstimate } from './choose-fit.ts'
import type { Call, DeclaredLimit } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'
import { niceWindowFrom, niceWindowWithin } from './windows-to-try.ts'

/** The rate limits that headers declare. */
export interface DeclaredRate {
  /** The tightest limit. */
  rate: RateEstimate
  /** All limits, as calls per window. */
  rules: { max: number; perMs: number }[]
  /** Whether the headers state the window. If not, it was inferred from resets. */
  isWindowStated: boolean
}

interface Sample {
  at: number
  used: number
  resetMs: number
}

/**
 * Reads the rate limits that headers declare. If they do not state the window, it is inferred from resets, which takes
 * at most one wait for the current window to end. Returns undefined if the headers declare no limit or no reset.
 */
export async function readDeclaredRate(session: ProbeSession): Promise<DeclaredRate | undefined> {
  const limits = latestLimits(session.calls)
  const stated = limits.flatMap(({ max, perMs }) => (perMs === undefined ? [] : [{ max, perMs }]))
  if (stated.length > 0) return { rate: tightest(stated), rules: stated, isWindowStated: true }
  const [open] = limits.toSorted((a, b) => a.max - b.max)
  const inferred = open && (await inferWindow(session, open))
  if (open === undefined || inferred === undefined) return undefined
  const rule = { max: open.max, perMs: inferred.perMs }
  const burst = inferred.isBucket ? open.max : undefined
  return { rate: { ...tightest([rule]), ...inferredFamily(burst) }, rules: [rule], isWindowStated: false }
}

/** Returns the request limits in the latest response that declares any. */
export function latestLimits(calls: readonly Call[]): DeclaredLimit[] {
  const requestLimits = ({ declared = [] }: Call) => declared.filter(({ unit, max }) => unit === 'requests' && max > 0)
  return calls.map(requestLimits).findLast((limits) => limits.length > 0) ?? []
}

function tightest(rules: readonly { max: number; perMs: number }[]): RateEstimate {
  const [first] = rules.toSorted((a, b) => a.max / a.perMs - b.max / b.perMs)
  const { max, perMs } = first ?? { max: 1, perMs: 1000 }
  const perSecond = (max / perMs) * 1000
  return {
    family: 'fixed_by_clock',
    max,
    perMs,
    range: [perSecond, perSecond],
    error: 0,
    isClear: true,
  }
}

function inferredFamily(burst: number | undefined): Partial<RateEstimate> {
  return burst === undefined ? {} : { family: 'token_bucket', burst }
}

async function inferWindow(
  session: ProbeSession,
  { max }: DeclaredLimit,
): Promise<{ perMs: number; isBucket: boolean } | undefined> {
  const before = samplesOf(session.calls, max)
  const fullest = before.toSorted((a, b) => b.used - a.used)[0]
  const longest = Math.max(0, ...before.map(({ resetMs }) => resetMs))
  if (fullest === undefined || longest === 0) return undefined
  const slackMs = before.every(({ resetMs }) => resetMs % 1000 === 0) ? 1000 : 1
  if (longest + slackMs > session.remainingMs / 2) return { perMs: niceWindowFrom(longest), isBucket: false }

  const [latest] = before.toSorted((a, b) => b.at - a.at)
  await session.sleep((latest?.resetMs ?? 0) + slackMs)
  const fresh = samplesOf([await session.call()], max)[0]
  if (fresh === undefined) return undefined
  // A new window declares its whole length now. A bucket declares only the time to refill what this call took.
  const isBucket = fresh.resetMs < longest - slackMs
  if (!isBucket) return { perMs: rounded(fresh.resetMs, slackMs), isBucket }
  const perCall = (ms: number, calls: number) => (ms / Math.max(0.5, calls)) * max
  const [low, high] = [perCall(fullest.resetMs - slackMs, fullest.used), perCall(fullest.resetMs, fullest.used - 1)]
  return { perMs: niceWindowWithin(low, high) ?? (low + high) / 2, isBucket }
}

function samplesOf(calls: readonly Call[], limit: number): Sample[] {
  return calls.flatMap(({ declared = [], receivedAt }) =>
    declared.flatMap(({ unit, max, remaining, resetMs }) =>
      unit === 'requests' && max === limit && remaining !== undefined && resetMs !== undefined
        ? [{ at: receivedAt, used: max - remaining, resetMs }]
        : [],
    ),
  )
}

/** Rounds to a common window, because headers declare a reset slightly after the call that started the window. */
function rounded(resetMs: number, slackMs: number): number {
  return niceWindowWithin(resetMs - slackMs, resetMs * 1.02 + slackMs + 20) ?? resetMs
}
