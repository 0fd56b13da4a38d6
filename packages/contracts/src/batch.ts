import { type Static, Type } from 'typebox'
import { CriteriaView, HeadroomView } from './criteria.ts'
import { instant } from './instant.ts'
import { InterruptionView } from './interruption.ts'
import { LimitWaitView } from './limit.ts'
import { nullable } from './nullable.ts'
import { RetryView } from './retry.ts'
import { TaskCountsView } from './task-counts.ts'

/** Where a batch is in its life. */
export const BatchState = Type.Enum(['active', 'interrupted', 'completed', 'cancelled'], {
  description: 'Where the batch is in its life.',
})
export type BatchState = Static<typeof BatchState>

/** A batch as it is at one moment. */
export const BatchView = Type.Object(
  {
    id: Type.String({ examples: ['0mwqw2ysoy2lyb3l2x9x'] }),
    code: Type.String({ description: 'Your own unique name of the batch; its id where none was given.' }),
    queue: Type.String({ examples: ['default'] }),
    type: Type.String({ description: 'The handler of tasks that do not name one.', examples: ['http'] }),
    state: BatchState,
    sealed: Type.Boolean({ description: 'True once no more tasks will be added.' }),
    counts: TaskCountsView,
    metadata: Type.Record(Type.String(), Type.Unknown(), { description: 'What its sender attached: any JSON values.' }),
    concurrency: nullable(
      Type.Integer({ minimum: 1, description: 'Tasks that may run at once. Null: as many as the queue allows.' }),
    ),
    priority: Type.Integer({ minimum: 1, maximum: 10, description: '1 (first) to 10.' }),
    retry: RetryView,
    attemptTimeoutMs: Type.Integer({ minimum: 1, description: 'Time one attempt may take, in ms.' }),
    interruptionCriteria: CriteriaView,
    headroom: Type.Array(HeadroomView, {
      description: 'Each criterion with its threshold and its present value, so that a stop can be seen coming.',
    }),
    lastInterruption: nullable({ ...InterruptionView, description: 'Why it was last interrupted.' }),
    createdAt: instant('When it was created.'),
    startedAt: nullable(instant('When its first task was handed to a worker.')),
    finishedAt: nullable(instant('When it was completed or cancelled.')),
    pausedUntil: nullable(instant('The upstream asked for a rest: no task starts before this.')),
    nextDueAt: nullable(instant('When the next delayed task may run again.')),
    limitWait: nullable({ ...LimitWaitView, description: 'The limit of its queue leaves no room just now.' }),
    percent: Type.Number({ minimum: 0, maximum: 100, description: 'Finished tasks, in percent of all.' }),
    ratePerSecond: Type.Number({ minimum: 0, description: 'Tasks finished a second, lately.' }),
    etaMs: nullable(Type.Number({ minimum: 0, description: 'Estimate of the time left at that rate, in ms.' })),
  },
  { title: 'Batch', additionalProperties: false },
)
export type BatchView = Static<typeof BatchView>

/** A page of batches, newest first. */
export const BatchList = Type.Object(
  {
    batches: Type.Array(BatchView),
    nextCursor: nullable(Type.String({ description: 'The cursor of the next page; null on the last one.' })),
  },
  { title: 'BatchList', additionalProperties: false },
)
export type BatchList = Static<typeof BatchList>
