import { setTimeout as sleep } from 'node:timers/promises'

/** How long each of the two computing phases of a request takes on an idle core, in ms. Allows about 300 requests/s. */
const PHASE_MS = 1.5

/** How long a request waits between them, in ms. */
const AWAIT_MS = 5

let sink = 1

/** Computes a fixed number of steps, not for a fixed time, so that being pre-empted does not count as work. */
function compute(steps: number): void {
  for (let i = 0; i < steps; i += 1) sink = (Math.imul(sink, 1_664_525) + 1_013_904_223) | 0
}

/** Does the work of a request: computes, waits as if for a database, and computes again. */
export async function work(stepsPerPhase: number): Promise<void> {
  compute(stepsPerPhase)
  await sleep(AWAIT_MS)
  compute(stepsPerPhase)
}

/** Measures how many steps take `PHASE_MS` on this machine at its best. */
export function calibrate(): number {
  const steps = 1_000_000
  const times = Array.from({ length: 30 }, () => {
    const start = performance.now()
    compute(steps)
    return performance.now() - start
  })
  return Math.round((steps * PHASE_MS) / Math.min(...times))
}
