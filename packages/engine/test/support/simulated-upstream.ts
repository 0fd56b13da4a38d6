/** An upstream's limiter. Returns true if it accepts a call at a time, in µs. Calls must be in order of time. */
export type SimulatedUpstream = (at: number) => boolean

/** A token bucket that starts full and refills evenly. */
export function bucket(size: number, perSecond: number): SimulatedUpstream {
  let tokens = size
  let last: number | undefined
  return (at) => {
    tokens = Math.min(size, tokens + ((at - (last ?? at)) / 1_000_000) * perSecond)
    last = at
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}

/** A sliding window: at most `max` calls in any window. */
export function sliding(max: number, windowUs: number): SimulatedUpstream {
  const taken: number[] = []
  return (at) => {
    while (taken[0] !== undefined && taken[0] <= at - windowUs) taken.shift()
    if (taken.length >= max) return false
    taken.push(at)
    return true
  }
}

/** Fixed windows: at most `max` calls between two multiples of the window's length. */
export function fixed(max: number, windowUs: number): SimulatedUpstream {
  let window = 0
  let count = 0
  return (at) => {
    const current = Math.floor(at / windowUs)
    if (current !== window) [window, count] = [current, 0]
    count += 1
    return count <= max
  }
}

/** An upstream that runs at most `max` calls at once. `end` ends an accepted call. */
export function atOnce(max: number): { upstream: SimulatedUpstream; end: () => void } {
  let running = 0
  return {
    upstream: () => {
      if (running >= max) return false
      running += 1
      return true
    },
    end: () => void (running -= 1),
  }
}
