import type { Call } from '../../src/probe.ts'
import { buildTrace, type Trace } from '../../src/trace.ts'
import type { Limiter } from './virtual-upstream.ts'

/** How long every call takes, in ms: it arrives after half of it. */
const ROUND_TRIP_MS = 10

/** A drain ends when so many calls were rejected. */
const REJECTIONS_PER_DRAIN = 3

/** The trace of calls that arrive at a limiter at these times. */
export function traceOf(limiter: Limiter, arrivals: readonly number[]): Trace {
  const calls = arrivals.map((at) => callTo(limiter, at))
  return buildTrace(calls, new Set())
}

export interface Drains {
  /** When the first call arrives, in ms. Default 10,000. */
  startsAt?: number
  /** From one call of a drain to the next, in ms. Default 7. */
  gapMs?: number
  /** How long to rest between two drains, in ms: there is one drain more. */
  restsMs: readonly number[]
}

/** The trace of calls that drain a limiter, rest, and drain it again. */
export function traceOfDrains(limiter: Limiter, { startsAt = 10_000, gapMs = 7, restsMs }: Drains): Trace {
  const calls: Call[] = []
  let at = startsAt
  for (const restMs of [...restsMs, 0]) {
    for (let rejected = 0; rejected < REJECTIONS_PER_DRAIN; at += gapMs) {
      const call = callTo(limiter, at)
      if (call.outcome === 'rejected') rejected += 1
      calls.push(call)
    }
    at += restMs
  }
  return buildTrace(calls, new Set())
}

function callTo(limiter: Limiter, at: number): Call {
  const outcome = limiter.take(at) ? 'accepted' : 'rejected'
  return { outcome, sentAt: at - ROUND_TRIP_MS / 2, receivedAt: at + ROUND_TRIP_MS / 2 }
}
