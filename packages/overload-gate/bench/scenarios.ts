import type { Phase } from './schedule.ts'

/** The load on a server that serves `capacity` requests a second. */
export interface Scenario {
  name: string
  phases: (capacity: number) => Phase[]
  /** The number of kept connections: more than the requests that are ever in progress. */
  poolSize: number
}

const CALM = 0.5

/** A burst between two calm phases. The second one is long enough to serve the backlog of the burst. */
function burst(name: string, factor: number, seconds: number, afterSeconds: number, poolSize: number): Scenario {
  return {
    name,
    phases: (capacity) => [
      { seconds: 0.3, rate: capacity * CALM },
      { seconds, rate: capacity * factor },
      { seconds: afterSeconds, rate: capacity * CALM },
    ],
    poolSize,
  }
}

export const SHORT_BURST = burst('short burst, 3x for 0.3 s', 3, 0.3, 1, 300)
const LONG_BURST = burst('long burst, 5x for 1 s', 5, 1, 2, 1500)
export const SUSTAINED: Scenario = {
  name: 'sustained, 2x for 3 s',
  phases: (capacity) => [{ seconds: 3, rate: capacity * 2 }],
  poolSize: 1500,
}

export const SCENARIOS = [SHORT_BURST, LONG_BURST, SUSTAINED]
