import { runBenchmarks } from '@sluice/testing/benchmarks'
import { benchGateCost } from './bench-gate-cost.ts'
import { benchExpressGate, benchGate } from './bench-gate.ts'

/** How often each cell of a comparison is measured. */
const RUNS = Number(process.env['BENCH_RUNS'] ?? 5)

await runBenchmarks(
  {
    gate: () => benchGate(RUNS),
    'gate-express': () => benchExpressGate(RUNS),
    'gate-cost': () => benchGateCost(RUNS),
  },
  process.argv.slice(2),
)
