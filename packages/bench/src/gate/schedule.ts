/** A stretch of time with a constant rate of arrivals. */
export interface Phase {
  seconds: number
  /** Requests per second. */
  rate: number
}

/**
 * When requests are sent, in ms from the start: arrivals at random (Poisson), the same for the same seed. They do not
 * depend on answers, as people and other services do not wait for each other.
 */
export function schedule(phases: readonly Phase[], seed: number): number[] {
  const random = numbers(seed)
  const times: number[] = []
  let start = 0
  for (const { seconds, rate } of phases) {
    const end = start + seconds * 1000
    for (let at = start + gap(random, rate); at < end; at += gap(random, rate)) times.push(at)
    start = end
  }
  return times
}

function gap(random: () => number, rate: number): number {
  return (-Math.log(1 - random()) * 1000) / rate
}

/** Random numbers from 0 up to 1 that repeat with their seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
