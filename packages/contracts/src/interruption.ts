import { type Static, Type } from 'typebox'
import { CriteriaBody } from './criteria.ts'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { FailureClass } from './task.ts'
import { TaskCountsView } from './task-counts.ts'

const comparable = nullable(Type.Union([Type.Number(), Type.String()]))

/** Why and when a batch was stopped. */
export const InterruptionView = Type.Object(
  {
    reason: Type.String({ description: 'What stopped it.', examples: ['error_rate_exceeded', 'manual'] }),
    message: Type.String({ description: 'A sentence with the value and the threshold.' }),
    value: { ...comparable, description: 'What met the threshold; null when it was stopped by hand.' },
    threshold: comparable,
    at: instant('When it was stopped.'),
    counts: TaskCountsView,
  },
  { title: 'Interruption', additionalProperties: false },
)
export type InterruptionView = Static<typeof InterruptionView>

/** The interruptions of a batch, the newest first. */
export const InterruptionList = Type.Object(
  { interruptions: Type.Array(InterruptionView) },
  { title: 'InterruptionList', additionalProperties: false },
)
export type InterruptionList = Static<typeof InterruptionList>

/** How to stop a batch by hand. */
export const InterruptBody = Type.Object(
  {
    reason: Type.Optional(
      Type.String({
        pattern: '^[a-z][a-z0-9_]{0,63}$',
        default: 'manual',
        description: 'One word for the log of interruptions, in small letters, digits and underscores.',
      }),
    ),
    message: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: 'A sentence for it.' })),
    abort: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Running attempts are aborted and given back, instead of finishing.',
      }),
    ),
  },
  { title: 'Interrupt', additionalProperties: false, examples: [{ message: 'The bill is high enough.', abort: true }] },
)
export type InterruptBody = Static<typeof InterruptBody>

/** How to go on with an interrupted batch. */
export const ResumeBody = Type.Object(
  { interruptionCriteria: Type.Optional(CriteriaBody) },
  { title: 'Resume', additionalProperties: false, examples: [{ interruptionCriteria: { maxErrorRate: 0.3 } }] },
)
export type ResumeBody = Static<typeof ResumeBody>

/** Which failed tasks get another chance. */
export const RetryTasksBody = Type.Object(
  {
    failureClass: Type.Optional({ ...FailureClass, description: 'Only tasks that failed like this.' }),
    seqs: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), {
        minItems: 1,
        maxItems: 100_000,
        description: 'Only these tasks. Left out: every failed task.',
      }),
    ),
  },
  { title: 'RetryTasks', additionalProperties: false, examples: [{ failureClass: 'server' }] },
)
export type RetryTasksBody = Static<typeof RetryTasksBody>
