/** What benchmarks share: they are programs, and need no test run around them. */
export { percentile } from './percentile.ts'
export { type Benchmark, runBenchmarks } from './run-benchmarks.ts'
export { seededRandom } from './seeded-random.ts'
