import { ALLOWED, LIMITED } from './administrator.ts'
import type { Upstream } from './upstream.ts'

/** A call may reach the upstream so much later than another one that started before it, on a busy machine. */
const LAG_MS = 800

/** The windows in which more calls began than the limit allows, among batches of the limited queue. */
export function checkLimit(batches: readonly string[], upstream: Upstream): string[] {
  const limited = batches.filter((name) => name.startsWith(`admin-${LIMITED}-`))
  const starts = limited.flatMap((name) => upstream.allCallsOf(name).flatMap((calls) => calls.map(({ at }) => at)))
  const sorted = starts.toSorted((a, b) => a - b)
  const perMs = ALLOWED.perMs - LAG_MS
  const beyond = sorted.filter((at, i) => at - (sorted[i - ALLOWED.max] ?? -Infinity) < perMs)
  return beyond
    .slice(0, 1)
    .map((at) => `more than ${ALLOWED.max} calls began in the ${perMs} ms before ${new Date(at).toISOString()}`)
}
