import type { Call } from '../../src/probe.ts'
import { buildTrace, type Trace } from '../../src/trace.ts'
import type { Limiter } from './virtual-upstream.ts'

/** How long every call takes, in ms. It arrives after half of that time. */
const ROUND_TRIP_MS = 10

/** A drain ends after this many rejections. */
const REJECTIONS_PER_DRAIN = 3

/** Returns the trace of calls that arrive at a limiter at these times. */
export function traceOf(limiter: Limiter, arrivals: readonly number[]): Trace {
  const calls = arrivals.map((at) => callTo(limiter, at))
  return buildTrace(calls, new Set())
}

export interface Drains {
  /** When the first call arrives, in ms. Default 10,000. */
  startsAt?: number
  /** The gap between two calls of a drain, in ms. Default 7. */
  gapMs?: number
  /** The rests between drains, in ms. */
  restsMs: readonly number[]
}

/** Returns the trace of calls that drain a limiter, and drain it again after each rest. */
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
  return { outcome, sentAt: at - ROUND_TRIP_MS / 2, receivedAt: at + ROUND_TRIP_MS / 2, inFlight: 1 }
}
