import type { Batch, TaskCounts } from '@sluice/client'
import { count, percent } from '../format/numbers.ts'
import { TASK_STATES, toneOfTask } from '../format/tones.ts'

/** All tasks of a batch in one bar: the parts of the states add up to its length. */
export function TaskProgress({ counts, isLarge = false }: { counts: TaskCounts; isLarge?: boolean }) {
  const { total } = counts
  const states = TASK_STATES.filter((state) => counts[state] > 0)
  const finished = counts.completed + counts.failed + counts.cancelled
  return (
    <div
      class="progress"
      data-size={isLarge ? 'large' : undefined}
      role="progressbar"
      aria-label="Finished tasks"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={total === 0 ? 0 : Math.round((finished / total) * 100)}
      aria-valuetext={`${percent(total === 0 ? 0 : (finished / total) * 100)} finished: ${describeCounts(counts)}`}
    >
      {states.map((state) => (
        <span key={state} data-tone={toneOfTask(state)} style={{ inlineSize: `${(counts[state] / total) * 100}%` }} />
      ))}
    </div>
  )
}

/** How far a batch is, in a table: the bar, and the share of finished tasks. */
export function BatchProgress({ batch: { counts, percent: finished } }: { batch: Batch }) {
  return (
    <div class="batch-progress">
      <TaskProgress counts={counts} />
      <span class="small">{percent(finished)}</span>
    </div>
  )
}

/** The numbers beside the bar, with its colours. States without tasks are left out. */
export function TaskLegend({ counts }: { counts: TaskCounts }) {
  return (
    <ul class="legend">
      {TASK_STATES.filter((state) => counts[state] > 0).map((state) => (
        <li key={state} data-tone={toneOfTask(state)}>
          <strong>{count(counts[state])}</strong> {state}
        </li>
      ))}
    </ul>
  )
}

/** The counts as a sentence: `62 completed, 1 failed`. */
export function describeCounts(counts: TaskCounts): string {
  const parts = TASK_STATES.filter((state) => counts[state] > 0).map((state) => `${count(counts[state])} ${state}`)
  return parts.length === 0 ? 'no tasks' : parts.join(', ')
}
