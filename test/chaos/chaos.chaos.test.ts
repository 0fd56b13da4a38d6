import { expect, test } from 'vitest'
import { percentile } from '@sluice/testing'
import { sumOf } from './counts.ts'
import { type ChaosRun, runChaos } from './run-chaos.ts'

/** How long all kinds of things go wrong in one run. Its start, blocked workers, and the calm after it, come on top. */
const FAULTS_FOR_MS = Number(process.env['CHAOS_MINUTES'] ?? 0) > 0 ? 40_000 : 18_000

/** One run after the other begins until so much time has passed. 0: one short run. */
const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 0)

const options = { timeout: (MINUTES + 8) * 60_000 }

test(
  'whatever is killed, frozen, cut or raced, each accepted task is recorded once, without help',
  options,
  async () => {
    const first = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
    const deadline = performance.now() + MINUTES * 60_000
    const runs: ChaosRun[] = []
    do {
      console.log(`CHAOS_SEED=${first + runs.length}`)
      runs.push(await runChaos(first + runs.length, FAULTS_FOR_MS))
      console.log(JSON.stringify({ ...runs.at(-1), returnsMs: undefined }))
    } while (performance.now() < deadline)
    console.log(summary(runs))

    const problems = runs.flatMap((run) => run.problems.map((text) => `${run.seed}: ${text} (logs: ${run.logs})`))
    expect(problems).toEqual([])
  },
)

function summary(runs: readonly ChaosRun[]): string {
  const sum = (of: (run: ChaosRun) => number) => runs.reduce((total, run) => total + of(run), 0)
  const returns = runs.flatMap(({ returnsMs }) => returnsMs).toSorted((a, b) => a - b)
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(returns, share))
  return [
    `runs: ${runs.map(({ seed, form }) => `${seed} (${form})`).join(', ')}`,
    `faults: ${listed(runs.map(({ faults }) => faults))}`,
    `races: ${listed(runs.map(({ races }) => races))}`,
    `stops: ${listed(runs.map(({ stops }) => stops))}`,
    `batches: ${sum(({ batches }) => batches)}, ${sum(({ watched }) => watched)} of them watched to their end`,
    `tasks: ${sum(({ tasks }) => tasks)}, ${sum(({ calledAgain }) => calledAgain)} of them called more than once`,
    `calls: ${sum(({ calls }) => calls)}`,
    `detections: ${sum(({ detections }) => detections)}`,
    `requests repeated: ${listed(runs.map(({ repeats }) => repeats))}`,
    `promises that Redis lost within its two seconds: ${sum(({ losses }) => losses.length)}`,
    `calls of killed workers made again: ${returns.length}, after ${p50} ms (p50), ${p99} ms (p99), ${max} ms (max)`,
    `longest recovery: ${Math.max(...runs.map(({ recoveryMs }) => recoveryMs))} ms`,
    `problems: ${sum(({ problems }) => problems.length)}`,
  ].join('\n')
}

function listed(counts: readonly Record<string, number>[]): string {
  return Object.entries(sumOf(counts))
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, number]) => `${name} ${number}`)
    .join(', ')
}
