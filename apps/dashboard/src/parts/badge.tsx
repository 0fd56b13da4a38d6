import type { BatchOutcome, BatchState, TaskState } from '@sluice/client'
import type { ComponentChildren } from 'preact'
import { batchStateText, type Tone, toneOfBatch, toneOfTask } from '../format/tones.ts'

/** A word with the colour and the mark of what it means. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class="badge" data-tone={tone}>
      {children}
    </span>
  )
}

/** The state of a batch, and its outcome once it is completed. */
export function BatchBadge({ state, outcome }: { state: BatchState; outcome: BatchOutcome | null }) {
  return <Badge tone={toneOfBatch(state, outcome)}>{batchStateText(state, outcome)}</Badge>
}

/** The state of a task. */
export function TaskBadge({ state }: { state: TaskState }) {
  return <Badge tone={toneOfTask(state)}>{state}</Badge>
}
