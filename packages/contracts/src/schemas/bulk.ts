import { type Static, Type } from 'typebox'
import { BatchOutcome, BatchState } from './batch.ts'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { QueueName } from './queue.ts'
import { TaskType } from './task-line.ts'

/** What a bulk operation does with its batches. */
export const BulkAction = Type.Enum(['interrupt', 'resume', 'retry', 'cancel', 'delete'], {
  title: 'BulkAction',
  description: 'What is done with each batch. `retry`: its failed tasks run again.',
})
export type BulkAction = Static<typeof BulkAction>

const BulkFilter = Type.Object(
  {
    state: Type.Optional({ ...BatchState, description: 'Only batches in this state.' }),
    outcome: Type.Optional({ ...BatchOutcome, description: 'Only batches with this outcome.' }),
    queue: Type.Optional({ ...QueueName, description: 'Only batches of this queue.' }),
    type: Type.Optional({ ...TaskType, description: 'Only batches of this type.' }),
    codePrefix: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Only batches whose code begins with this.' }),
    ),
    ids: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
        minItems: 1,
        maxItems: 1000,
        description: 'Only batches with these ids.',
      }),
    ),
  },
  {
    title: 'BulkFilter',
    additionalProperties: false,
    minProperties: 1,
    description:
      'Which batches: those to which all members apply, and on which the action can succeed in their state. It needs a member.',
  },
)

/** A bulk operation to start. */
export const StartBulkBody = Type.Object(
  {
    action: BulkAction,
    filter: BulkFilter,
    dryRun: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether to count batches and tasks only, and change nothing.' }),
    ),
  },
  {
    title: 'StartBulk',
    additionalProperties: false,
    examples: [{ action: 'resume', filter: { state: 'interrupted', queue: 'llm' }, dryRun: true }],
  },
)
export type StartBulkBody = Static<typeof StartBulkBody>

/** A bulk operation in a path. */
export const BulkParams = Type.Object({
  id: Type.String({ description: 'The id of a bulk operation.', examples: ['0mwqw2ysoy2lyb3l2x9x'] }),
})
export type BulkParams = Static<typeof BulkParams>

const count = (description: string) => Type.Integer({ minimum: 0, description })

/** A bulk operation at one moment. */
export const BulkView = Type.Object(
  {
    id: nullable(Type.String({ description: 'The id of the operation. Null of a dry run.' })),
    action: BulkAction,
    filter: BulkFilter,
    state: Type.Enum(['dry_run', 'running', 'completed', 'cancelled'], {
      description:
        '`dry_run`: nothing is done. `running`: batches are left. `completed`: all were reached. `cancelled`: a client ended ' +
        'it before.',
    }),
    total: count('Batches that it acts on: they were chosen when it started.'),
    done: count('Batches on which the action succeeded.'),
    skipped: count('Batches that had changed or were gone.'),
    tasks: count('Tasks that the action has touched; of a dry run, tasks that it would touch.'),
    skips: Type.Array(
      Type.Object(
        {
          batchId: Type.String({ description: 'The id of the batch.' }),
          code: Type.String({ description: 'The error code.', examples: ['SLUICE_BATCH_STATE'] }),
          message: Type.String({ description: 'A sentence that says why.' }),
        },
        { title: 'BulkSkip', additionalProperties: false },
      ),
      { description: 'Why batches were skipped: the first hundred.' },
    ),
    hasMore: Type.Boolean({
      description:
        'Whether there may be more batches than the thousand that one operation acts on. Only the answer that starts it says so.',
    }),
    reason: nullable(Type.String({ description: 'The `x-sluice-reason` of the request. Null: none.' })),
    createdBy: nullable(Type.String({ description: 'The id of the API key. Null: anonymous.' })),
    createdAt: instant('When it started.'),
    finishedAt: nullable(instant('When it was completed or cancelled.')),
  },
  { title: 'BulkOperation', additionalProperties: false },
)
export type BulkView = Static<typeof BulkView>

/** Bulk operations, newest first. */
export const BulkList = Type.Object(
  { operations: Type.Array(BulkView, { description: 'The operations, newest first.' }) },
  { title: 'BulkList', additionalProperties: false },
)
export type BulkList = Static<typeof BulkList>
