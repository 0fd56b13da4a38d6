import { expect, test } from 'vitest'
import { runChaos, type ChaosRun } from './run-chaos.ts'

/** How long things go wrong in one run. Its start, and the calm after it, come on top. */
const FAULTS_FOR_MS = 35_000

/** One run after the other begins until so much time has passed. 0: one run. */
const MINUTES = Number(process.env['CHAOS_MINUTES'] ?? 0)

const options = { timeout: (MINUTES + 8) * 60_000 }

test('whatever is killed, frozen or cut, each accepted task is recorded once, without help', options, async () => {
  const first = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
  const deadline = performance.now() + MINUTES * 60_000
  const runs: ChaosRun[] = []
  do {
    console.log(`CHAOS_SEED=${first + runs.length}`)
    runs.push(await runChaos(first + runs.length, FAULTS_FOR_MS))
    console.log(JSON.stringify(runs.at(-1)))
  } while (performance.now() < deadline)
  console.log(summary(runs))

  const problems = runs.flatMap((run) => run.problems.map((text) => `${run.seed}: ${text} (logs: ${run.logs})`))
  expect(problems).toEqual([])
})

function summary(runs: readonly ChaosRun[]): string {
  const sum = (of: (run: ChaosRun) => number) => runs.reduce((total, run) => total + of(run), 0)
  const kinds = [...new Set(runs.flatMap(({ faults }) => Object.keys(faults)))].toSorted()
  const faults = kinds.map((kind) => `${kind} ${sum((run) => run.faults[kind] ?? 0)}`)
  return [
    `runs: ${runs.length}, ${sum(({ durability }) => Number(durability === 'always'))} of them with appendfsync always`,
    `faults: ${faults.join(', ')}`,
    `batches: ${sum(({ batches }) => batches)}`,
    `tasks: ${sum(({ tasks }) => tasks)}`,
    `requests repeated: ${sum(({ repeats }) => repeats)}`,
    `promises that Redis lost within its two seconds: ${sum(({ losses }) => losses.length)}`,
    `re-executions: ${sum(({ reexecutions }) => reexecutions)}`,
    `problems: ${sum(({ problems }) => problems.length)}`,
    `longest recovery: ${Math.max(...runs.map(({ recoveryMs }) => recoveryMs))} ms`,
  ].join('\n')
}
