import type { Limiter } from './virtual-upstream.ts'

/** A window starts with the first call after the previous window has ended. */
export function fixedFromFirst(max: number, perMs: number): Limiter {
  let startedAt = -Infinity
  let count = 0
  return {
    take(at) {
      if (at >= startedAt + perMs) {
        startedAt = at
        count = 0
      }
      if (count >= max) return false
      count += 1
      return true
    },
    waitMs: (at) => startedAt + perMs - at,
  }
}

/** Fixed windows follow each other by the clock. */
export function fixedByClock(max: number, perMs: number): Limiter {
  let window = -1
  let count = 0
  return {
    take(at) {
      const present = Math.floor(at / perMs)
      if (present !== window) count = 0
      window = present
      if (count >= max) return false
      count += 1
      return true
    },
    waitMs: (at) => perMs - (at % perMs),
  }
}

/** Accepts at most `max` calls in any window. */
export function slidingLog(max: number, perMs: number): Limiter {
  let times: number[] = []
  return {
    take(at) {
      times = times.filter((time) => time > at - perMs)
      if (times.length >= max) return false
      times.push(at)
      return true
    },
    waitMs: (at) => (times[0] ?? at) + perMs - at,
  }
}

/** Windows by the clock, plus the count of the previous window times the share of it within the last `perMs`. */
export function slidingCounter(max: number, perMs: number): Limiter {
  let window = -1
  let count = 0
  let before = 0
  function enter(at: number): number {
    const present = Math.floor(at / perMs)
    if (present !== window) {
      before = present === window + 1 ? count : 0
      count = 0
      window = present
    }
    return before * (1 - (at % perMs) / perMs) + count
  }
  return {
    take(at) {
      if (enter(at) >= max) return false
      count += 1
      return true
    },
    waitMs(at) {
      const excess = enter(at) - max + 1e-6
      return before > 0 && excess < before ? (excess / before) * perMs : perMs - (at % perMs)
    },
  }
}

/** A token bucket that starts full. */
export function tokenBucket(perSecond: number, burst: number): Limiter {
  let tokens = burst
  let filledAt = 0
  function fill(at: number): void {
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1000) * perSecond)
    filledAt = at
  }
  return {
    take(at) {
      fill(at)
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    waitMs(at) {
      fill(at)
      return ((1 - tokens) / perSecond) * 1000
    },
  }
}

/** Pauses after every `calls` accepted calls: it rejects calls for the next of `pausesMs`. */
export function pausing(calls: number, pausesMs: number[]): Limiter {
  let accepted = 0
  let opensAt = 0
  return {
    take(at) {
      if (at < opensAt) return false
      if (accepted < calls) return (accepted += 1) > 0
      accepted = 0
      opensAt = at + (pausesMs.shift() ?? 0)
      return false
    },
    waitMs: (at) => opensAt - at,
  }
}
