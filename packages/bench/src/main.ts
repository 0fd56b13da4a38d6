import { mkdir, writeFile } from 'node:fs/promises'
import { putQueue, type Engine } from '@sluice/engine'
import { benchGateCost } from './gate/bench-gate-cost.ts'
import { benchGate } from './gate/bench-gate.ts'
import { measureInterruptions } from './interruption-latency.ts'
import { benchStalls } from './stalls/bench-stalls.ts'
import { benchLimits } from './limits/bench-limits.ts'
import { benchNeighbour } from './limits/bench-neighbour.ts'
import { benchGrowth } from './growth/bench-growth.ts'
import { openArena } from './speed/arena.ts'
import { benchFairness } from './speed/bench-fairness.ts'
import { benchIntake } from './speed/bench-intake.ts'
import { benchMemory } from './speed/bench-memory.ts'
import { benchMillion } from './speed/bench-million.ts'
import { benchNoop } from './speed/bench-noop.ts'
import { benchSlow } from './speed/bench-slow.ts'
import { benchStart } from './speed/bench-start.ts'
import { startWorkers } from './workers.ts'

const OUTPUT = '.cache/bench'

/** From the tripping outcome to the last start anywhere: each criterion, 50 times, 4 workers with 50 slots each. */
async function benchInterruption(): Promise<object[]> {
  await using arena = await openArena()
  await using started = new AsyncDisposableStack()
  await putQueue(arena.engine, 'default', { concurrency: 200 })
  const handlers = new URL('probe-handlers.ts', import.meta.url)
  started.use(await startWorkers({ redisUrl: arena.redisUrl, count: 4, concurrency: 50, handlers }))
  return await measureInterruptions(arena.engine, Number(process.env['BENCH_TRIPS'] ?? 50))
}

/** A benchmark of limits, with a Redis of its own. */
async function onItsOwnRedis(
  bench: (engine: Engine, redisUrl: string, runs: number) => Promise<object[]>,
  runs: number,
): Promise<object[]> {
  await using arena = await openArena()
  return await bench(arena.engine, arena.redisUrl, runs)
}

/** How often each cell of a comparison is measured. */
const RUNS = Number(process.env['BENCH_RUNS'] ?? 5)

const benchmarks: Record<string, () => Promise<object[]>> = {
  interruption: benchInterruption,
  limits: () => onItsOwnRedis(benchLimits, Number(process.env['BENCH_RUNS'] ?? 1)),
  'limit-neighbour': () => onItsOwnRedis(benchNeighbour, RUNS),
  gate: () => benchGate(RUNS),
  'gate-cost': () => benchGateCost(RUNS),
  stalls: () => benchStalls(RUNS),
  noop: () => benchNoop(RUNS),
  intake: () => benchIntake(RUNS),
  memory: benchMemory,
  slow: () => benchSlow(RUNS),
  start: benchStart,
  fairness: () => benchFairness(RUNS),
  growth: benchGrowth,
  million: benchMillion,
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}.`)
  process.exit(2)
}
for (const name of names.length > 0 ? names : Object.keys(benchmarks)) {
  console.log(`\n${name}`)
  const rows = (await benchmarks[name]?.()) ?? []
  console.table(rows)
  await mkdir(OUTPUT, { recursive: true })
  await writeFile(`${OUTPUT}/${name}.json`, `${JSON.stringify(rows, undefined, 2)}\n`)
}
