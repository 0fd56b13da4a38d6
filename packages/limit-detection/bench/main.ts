import { runBenchmarks } from '@sluice/testing/benchmarks'
import { benchDetection } from './bench-detection.ts'
import { benchGrid } from './bench-grid.ts'

/** How often each upstream is detected. */
const RUNS = Number(process.env['BENCH_RUNS'] ?? 1)

await runBenchmarks(
  { detection: () => benchDetection(RUNS), 'detection-grid': () => benchGrid(RUNS) },
  process.argv.slice(2),
)
