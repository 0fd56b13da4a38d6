import { type Static, Type } from 'typebox'
import { patterns } from './patterns.ts'
import { CriteriaBody } from './criteria.ts'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { TaskCountsView } from './task-counts.ts'

const comparable = nullable(Type.Union([Type.Number(), Type.String()]))

/** Why and when a batch was interrupted. */
export const InterruptionView = Type.Object(
  {
    reason: Type.String({
      description: 'The criterion that was met, or the reason that the client gave.',
      examples: ['error_rate_exceeded', 'manual'],
    }),
    message: Type.String({ description: 'A sentence with the value and the threshold.' }),
    value: { ...comparable, description: 'The value that met the threshold. Null if a client interrupted the batch.' },
    threshold: {
      ...comparable,
      description: 'The threshold of the criterion. Null if a client interrupted the batch.',
    },
    at: instant('When the batch was interrupted.'),
    counts: TaskCountsView,
  },
  { title: 'Interruption', additionalProperties: false },
)
export type InterruptionView = Static<typeof InterruptionView>

/** The interruptions of a batch, newest first. */
export const InterruptionList = Type.Object(
  { interruptions: Type.Array(InterruptionView, { description: 'The interruptions, newest first.' }) },
  { title: 'InterruptionList', additionalProperties: false },
)
export type InterruptionList = Static<typeof InterruptionList>

/** How to interrupt a batch. */
export const InterruptBatchBody = Type.Object(
  {
    reason: Type.Optional(
      Type.String({
        pattern: patterns.reason,
        default: 'manual',
        description: 'The reason, as one word of lower-case letters, digits and underscores.',
      }),
    ),
    message: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1000, description: 'A sentence that explains the reason.' }),
    ),
    abort: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Whether running attempts are aborted and released. By default they finish.',
      }),
    ),
  },
  {
    title: 'InterruptBatch',
    additionalProperties: false,
    examples: [{ message: 'The budget of the day is spent.', abort: true }],
  },
)
export type InterruptBatchBody = Static<typeof InterruptBatchBody>

/** How to cancel a batch. */
export const CancelBatchBody = Type.Object(
  {
    abort: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether running attempts are aborted and their tasks cancelled. If false, they finish.',
      }),
    ),
  },
  { title: 'CancelBatch', additionalProperties: false, examples: [{ abort: false }] },
)
export type CancelBatchBody = Static<typeof CancelBatchBody>

/** How to resume an interrupted batch. */
export const ResumeBatchBody = Type.Object(
  {
    interruptionCriteria: Type.Optional({
      ...CriteriaBody,
      description: 'Changes to the criteria. A criterion that is left out stays as it is; null switches it off.',
    }),
  },
  { title: 'ResumeBatch', additionalProperties: false, examples: [{ interruptionCriteria: { maxErrorRate: 0.3 } }] },
)
export type ResumeBatchBody = Static<typeof ResumeBatchBody>
