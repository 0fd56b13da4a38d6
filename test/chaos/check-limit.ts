import { ALLOWED, LIMITED } from './administrator.ts'
import type { Upstream } from './upstream.ts'

/** A call may reach the upstream so much later than another one that started before it, on a busy machine. */
const LAG_MS = 800

/**
 * The windows in which more calls began than the limit allows, among batches of the limited queue. Calls that arrived
 * when a worker was blocked no longer do not count: those whose connections were opening when the handler blocked the
 * event loop leave then, after their start times. docs/limits.md names this exception.
 */
export function checkLimit(batches: readonly string[], upstream: Upstream): string[] {
  const limited = batches.filter((name) => name.startsWith(`admin-${LIMITED}-`))
  const starts = limited.flatMap((name) => upstream.allCallsOf(name).flatMap((calls) => calls.map(({ at }) => at)))
  const sorted = starts.filter((at) => !wasJustUnblocked(upstream, at)).toSorted((a, b) => a - b)
  const perMs = ALLOWED.perMs - LAG_MS
  const beyond = sorted.filter((at, i) => at - (sorted[i - ALLOWED.max] ?? -Infinity) < perMs)
  return beyond
    .slice(0, 1)
    .map((at) => `more than ${ALLOWED.max} calls began in the ${perMs} ms before ${new Date(at).toISOString()}`)
}

function wasJustUnblocked({ unblockedAt }: Upstream, at: number): boolean {
  return unblockedAt.some((unblocked) => Math.abs(at - unblocked) < LAG_MS)
}
