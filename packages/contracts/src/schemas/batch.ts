import { type Static, Type } from 'typebox'
import { CriteriaView, HeadroomView } from './criteria.ts'
import { instant } from './instant.ts'
import { InterruptionView } from './interruption.ts'
import { LimitWaitView } from './limit.ts'
import { nullable } from './nullable.ts'
import { RetryPolicyView } from './retry-policy.ts'
import { TaskCountsView } from './task-counts.ts'
import { OwnTenant } from './tenant.ts'
import { UpstreamWaitView } from './upstream-wait.ts'
import { WaitingView } from './waiting.ts'

/** Where a batch is in its life. */
export const BatchState = Type.Enum(['active', 'interrupted', 'completed', 'cancelled'], {
  title: 'BatchState',
  description: 'The state of the batch.',
})
export type BatchState = Static<typeof BatchState>

/** How the tasks of a batch have ended. */
export const BatchOutcome = Type.Enum(['succeeded', 'partial', 'failed'], {
  title: 'BatchOutcome',
  description:
    '`succeeded`: all tasks are completed. `failed`: none is. `partial`: some are. Cancelled tasks are not completed.',
})
export type BatchOutcome = Static<typeof BatchOutcome>

/** A batch in a path. */
export const BatchParams = Type.Object({
  id: Type.String({
    description: 'The id of a batch, or `code:` followed by its code.',
    examples: ['code:invoices-2026-01'],
  }),
})
export type BatchParams = Static<typeof BatchParams>

/** A batch at one moment. */
export const BatchView = Type.Object(
  {
    id: Type.String({ description: 'The id of the batch.', examples: ['0mwqw2ysoy2lyb3l2x9x'] }),
    tenant: OwnTenant,
    code: Type.String({ description: 'Your own unique name for the batch, or its id if you gave none.' }),
    queue: Type.String({ description: 'The queue that the batch was submitted to.', examples: ['default'] }),
    type: Type.String({ description: 'The handler that runs tasks without a `type`.', examples: ['http'] }),
    state: BatchState,
    outcome: nullable({ ...BatchOutcome, description: 'How the tasks have ended. Null until all have.' }),
    sealed: Type.Boolean({ description: 'Whether the batch accepts no more tasks.' }),
    counts: TaskCountsView,
    metadata: Type.Record(Type.String(), Type.Unknown(), { description: 'The JSON values that you attached.' }),
    concurrency: nullable(
      Type.Integer({
        minimum: 1,
        description: "Maximum number of tasks that run at once. Null: the queue's concurrency applies.",
      }),
    ),
    priority: Type.Integer({ minimum: 1, maximum: 10, description: 'Priority in the queue, from 1 (first) to 10.' }),
    retry: RetryPolicyView,
    attemptTimeoutMs: Type.Integer({ minimum: 1, description: 'Time limit of one attempt, in ms.' }),
    interruptionCriteria: CriteriaView,
    headroom: Type.Array(HeadroomView, { description: 'Each criterion with its threshold and its current value.' }),
    lastInterruption: nullable({ ...InterruptionView, description: 'The most recent interruption.' }),
    createdAt: instant('When the batch was created.'),
    startAt: nullable(instant('The time before which no task starts. Null: tasks start at once.')),
    startedAt: nullable(instant('When a worker took the first task.')),
    finishedAt: nullable(instant('When the batch was completed or cancelled.')),
    pausedUntil: nullable(
      instant('The time before which no task starts: the upstream asked for a pause, or refused calls in a row.'),
    ),
    nextDueAt: nullable(instant('The earliest time at which a delayed task may run.')),
    limitWait: nullable({ ...LimitWaitView, description: "What tasks wait for while the queue's limit has no room." }),
    upstreamWait: nullable({
      ...UpstreamWaitView,
      description: 'What holds tasks back because the upstream refuses calls (429), in a queue without a limit.',
    }),
    waitingFor: Type.Array(WaitingView, {
      description: 'What tasks wait for. Empty if they start as fast as they may, or if the batch is not active.',
    }),
    percent: Type.Number({ minimum: 0, maximum: 100, description: 'Finished tasks, in percent of all tasks.' }),
    ratePerSecond: Type.Number({ minimum: 0, description: 'Recent throughput, in finished tasks per second.' }),
    etaMs: nullable(Type.Number({ minimum: 0, description: 'Estimated time to completion at this rate, in ms.' })),
  },
  { title: 'Batch', additionalProperties: false },
)
export type BatchView = Static<typeof BatchView>
