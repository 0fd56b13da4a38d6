import { runBenchmarks } from '../../../src/benchmarks.ts'

await runBenchmarks(
  {
    first: async () => [{ figure: 1 }],
    second: async () => [{ figure: 2 }],
    elsewhere: new URL('other-benchmarks.ts', import.meta.url),
  },
  process.argv.slice(2),
)
