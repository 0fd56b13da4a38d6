import { Type } from 'typebox'
import { BatchState } from './batch.ts'
import { Cursor, pageSize } from './paging.ts'
import { QueueName } from './queue-name.ts'
import { FailureClass, TaskState } from './task.ts'
import { TaskType } from './task-line.ts'

/** A batch in a path. */
export const BatchParams = Type.Object({
  id: Type.String({ description: 'The id of a batch, or `code:` and its code.', examples: ['code:invoices-2026-01'] }),
})

/** A task in a path. */
export const TaskParams = Type.Object({
  ...BatchParams.properties,
  seq: Type.Integer({ minimum: 0, description: 'The place of the task in its batch, from 0.' }),
})

/** A queue in a path. */
export const QueueParams = Type.Object({ name: QueueName })

/** Rows of a page where the client does not say. */
export const DEFAULT_BATCHES_PER_PAGE = 50
export const DEFAULT_TASKS_PER_PAGE = 100

/** Which batches to list. */
export const BatchListQuery = Type.Object(
  {
    state: Type.Optional({ ...BatchState, description: 'Only batches in this state.' }),
    type: Type.Optional({ ...TaskType, description: 'Only batches of this type.' }),
    queue: Type.Optional({ ...QueueName, description: 'Only batches of this queue.' }),
    pageSize: Type.Optional(pageSize(DEFAULT_BATCHES_PER_PAGE, 200)),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)

/** Which tasks to list. */
export const TaskListQuery = Type.Object(
  {
    state: Type.Optional({ ...TaskState, description: 'Only tasks in this state.' }),
    failureClass: Type.Optional({ ...FailureClass, description: 'Only tasks whose last attempt failed like this.' }),
    pageSize: Type.Optional(pageSize(DEFAULT_TASKS_PER_PAGE, 1000)),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)

/** Which results to stream. */
export const ResultsQuery = Type.Object(
  {
    state: Type.Optional({ ...TaskState, description: 'Only tasks in this state. Left out: every task.' }),
  },
  { additionalProperties: false },
)
