import type { Engine } from '@sluice/engine'
import { runBenchmarks } from '@sluice/testing/benchmarks'
import { benchAccess } from './access/bench-access.ts'
import { benchGrowth } from './growth/bench-growth.ts'
import { benchHttp } from './http/bench-http.ts'
import { benchInterruption } from './interruption/bench-interruption.ts'
import { benchLimited } from './limits/bench-limited.ts'
import { benchLimits } from './limits/bench-limits.ts'
import { benchNeighbour } from './limits/bench-neighbour.ts'
import { benchRecovery } from './recovery/bench-recovery.ts'
import { benchIdleQueues } from './queues/bench-idle-queues.ts'
import { openArena } from './speed/arena.ts'
import { benchFairness } from './speed/bench-fairness.ts'
import { benchIntake } from './speed/bench-intake.ts'
import { benchLong } from './speed/bench-long.ts'
import { benchManySlots } from './speed/bench-many-slots.ts'
import { benchMemory } from './speed/bench-memory.ts'
import { benchMillion } from './speed/bench-million.ts'
import { benchNoop } from './speed/bench-noop.ts'
import { benchSlow } from './speed/bench-slow.ts'
import { benchStart } from './speed/bench-start.ts'
import { benchStalls } from './stalls/bench-stalls.ts'

/** How often each cell of a comparison is measured. */
const RUNS = Number(process.env['BENCH_RUNS'] ?? 5)

/** Runs a benchmark of limits on its own Redis. */
async function onItsOwnRedis(
  bench: (engine: Engine, redisUrl: string, runs: number) => Promise<object[]>,
  runs: number,
): Promise<object[]> {
  await using arena = await openArena()
  return await bench(arena.engine, arena.redisUrl, runs)
}

/** The benchmarks of the overload gate are in its package. */
const gateBenchmarks = new URL('../../overload-gate/bench/main.ts', import.meta.url)

/** The benchmark of limit detection is in its package. */
const detectionBenchmark = new URL('../../limit-detection/bench/main.ts', import.meta.url)

await runBenchmarks(
  {
    interruption: () => benchInterruption(Number(process.env['BENCH_TRIPS'] ?? 50)),
    recovery: () => benchRecovery(Number(process.env['BENCH_RUNS'] ?? 20)),
    limits: () => onItsOwnRedis(benchLimits, Number(process.env['BENCH_RUNS'] ?? 1)),
    limited: () => onItsOwnRedis(benchLimited, Number(process.env['BENCH_RUNS'] ?? 3)),
    'limit-neighbour': () => onItsOwnRedis(benchNeighbour, RUNS),
    gate: gateBenchmarks,
    'gate-express': gateBenchmarks,
    'gate-cost': gateBenchmarks,
    detection: detectionBenchmark,
    'detection-grid': detectionBenchmark,
    stalls: () => benchStalls(RUNS),
    noop: () => benchNoop(RUNS),
    intake: () => benchIntake(RUNS),
    access: () => benchAccess(RUNS),
    memory: benchMemory,
    slow: () => benchSlow(RUNS),
    long: () => benchLong(RUNS),
    'many-slots': () => benchManySlots(RUNS),
    http: () => benchHttp(RUNS),
    start: benchStart,
    'idle-queues': benchIdleQueues,
    fairness: () => benchFairness(RUNS),
    growth: benchGrowth,
    million: benchMillion,
  },
  process.argv.slice(2),
)
