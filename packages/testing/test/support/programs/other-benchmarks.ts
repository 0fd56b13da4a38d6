import { runBenchmarks } from '../../../src/benchmarks.ts'

await runBenchmarks({ elsewhere: async () => [{ figure: 3 }] }, process.argv.slice(2))
