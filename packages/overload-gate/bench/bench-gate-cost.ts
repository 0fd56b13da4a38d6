import { percentile } from '@sluice/testing/benchmarks'
import { runLoad } from './run-load.ts'
import { schedule } from './schedule.ts'
import { NO_GATE, OURS, type Variant } from './variants.ts'

const SECONDS = 2

/** Rates that a trivial route can easily serve, so that the gate never holds a request. */
const RATES = [500, 3000]

/**
 * Measures what the gate costs without overload: the server's processor time per request of a trivial route. Unlike
 * throughput, it barely depends on other load on the machine. Runs alternate: A B B A.
 */
export async function benchGateCost(runs: number): Promise<object[]> {
  const rows: object[] = []
  for (const rate of RATES) rows.push(await compareCost(rate, runs))
  return rows
}

async function compareCost(rate: number, runs: number): Promise<object> {
  const without: number[] = []
  const withGate: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const order = run % 2 === 0 ? [NO_GATE, OURS] : [OURS, NO_GATE]
    for (const variant of order)
      (variant === OURS ? withGate : without).push(await microsPerRequest(variant, rate, run))
  }
  const [before, after] = [percentile(without, 0.5), percentile(withGate, 0.5)]
  return {
    'requests/s': rate,
    runs,
    'no gate, us': before,
    'overload-gate, us': after,
    'cost %': Math.round((1000 * (after - before)) / before) / 10,
    'ranges, us': `${range(without)} / ${range(withGate)}`,
  }
}

async function microsPerRequest(variant: Variant, rate: number, run: number): Promise<number> {
  const times = schedule([{ seconds: SECONDS, rate }], run + 1)
  const load = { path: '/trivial', times, connections: 'kept', poolSize: 50, timeoutMs: 5000 } as const
  const { server } = await runLoad({ framework: 'fastify', variant, stepsPerPhase: 1 }, load)
  return (1000 * server.cpuMs) / times.length
}

function range(values: readonly number[]): string {
  return `${Math.round(Math.min(...values))}-${Math.round(Math.max(...values))}`
}
