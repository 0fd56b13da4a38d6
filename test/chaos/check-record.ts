import { checkCalls } from './check-calls.ts'
import { checkStops } from './check-stops.ts'
import { complain } from './complain.ts'
import type { BatchRecord, SentBatch } from './sent-batch.ts'
import type { Upstream } from './upstream.ts'

/**
 * Everything that is wrong with what is recorded of a batch: nothing, whatever happened to processes.
 *
 * @param isLossless Whether Redis has kept all that it accepted.
 */
export function checkRecord(batch: SentBatch, record: BatchRecord, upstream: Upstream, isLossless: boolean): string[] {
  const problems = [
    ...checkState(batch, record),
    ...checkTasks(batch, record),
    ...checkOutcomes(batch, record, isLossless),
    ...checkCalls(batch, record, upstream, isLossless),
    ...checkStops(batch, record, isLossless),
  ]
  return problems.map((problem) => `${batch.name} (${batch.id}): ${problem}`)
}

function checkState({ size }: SentBatch, { view: { state, counts } }: BatchRecord): string[] {
  const { total, ...byState } = counts
  const sum = Object.values(byState).reduce((all, count) => all + count, 0)
  return [
    ...complain(sum !== total, `its counts do not add up: ${JSON.stringify(counts)}`),
    ...complain(total !== size, `has ${total} tasks instead of ${size}`),
    ...complain(state !== 'completed' && state !== 'cancelled', `is ${state}: ${JSON.stringify(counts)}`),
  ]
}

/** Exactly the tasks that were sent, each at its place. */
function checkTasks({ name }: SentBatch, { view, tasks }: BatchRecord): string[] {
  const astray = tasks.filter(({ seq, key }, i) => seq !== i || key !== `${name}/${i}`)
  const states = Object.groupBy(tasks, ({ state }) => state)
  return [
    ...complain(tasks.length !== view.counts.total, `lists ${tasks.length} of ${view.counts.total} tasks`),
    ...complain(astray.length > 0, `has other tasks than were sent: ${JSON.stringify(astray.slice(0, 3))}`),
    ...(['completed', 'failed', 'cancelled', 'running', 'delayed', 'pending'] as const).flatMap((state) =>
      complain(
        (states[state]?.length ?? 0) !== view.counts[state],
        `counts ${view.counts[state]} ${state} and lists ${states[state]?.length ?? 0}`,
      ),
    ),
  ]
}

/** Each task that has ended has one outcome, and was counted once. */
function checkOutcomes(
  { isRetried }: SentBatch,
  { view, report, results }: BatchRecord,
  isLossless: boolean,
): string[] {
  const { completed, failed } = view.counts
  const ended = results.filter(({ state }) => state === 'completed' || state === 'failed')
  const distinct = new Set(ended.map(({ seq }) => seq)).size
  const counted = report.lifetimeMs.count
  return [
    ...complain(ended.length !== completed + failed, `has ${ended.length} outcomes of ${completed + failed} tasks`),
    ...complain(distinct !== ended.length, `has ${ended.length} outcomes of ${distinct} tasks`),
    // A retried task ends twice.
    ...complain(
      isLossless && !isRetried && counted !== ended.length,
      `counted ${counted} ends of ${ended.length} tasks`,
    ),
  ]
}
