import { calibrate } from './fixed-work.ts'
import type { Bench } from './compare.ts'
import { runLoad } from './run-load.ts'
import type { Framework, ServerSetup } from './server.ts'
import { schedule } from './schedule.ts'
import { NO_GATE } from './variants.ts'

const SECONDS = 1
/** Requests per second: more than the server can serve, so that it is never idle, but too few to slow it down. */
const OFFERED = 400
/** Disturbances only make the machine slower, so the best of several attempts is the most accurate. */
const ATTEMPTS = 3

/** Calibrates the work of a request to this machine, and measures the capacity of the unguarded server. */
export async function measureCapacity(framework: Framework): Promise<Bench> {
  const stepsPerPhase = calibrate()
  let capacity = 0
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    capacity = Math.max(capacity, await servedPerSecond({ framework, stepsPerPhase }))
  }
  return { framework, capacity, stepsPerPhase }
}

async function servedPerSecond(setup: Omit<ServerSetup, 'variant'>): Promise<number> {
  const times = schedule([{ seconds: SECONDS, rate: OFFERED }], 1)
  const { client } = await runLoad(
    { ...setup, variant: NO_GATE },
    { path: '/work', times, connections: 'kept', poolSize: 400, timeoutMs: 30_000 },
  )
  const finishedAt = times.map((time, index) => time + (client.latenciesMs[index] ?? 0))
  return Math.round((times.length * 1000) / Math.max(...finishedAt))
}
