import { type Static, Type } from 'typebox'
import { BatchParams } from './batch.ts'
import { Cursor, NextCursor, pageSize } from './paging.ts'
import { QueueName } from './queue.ts'
import { FailureClass, FoundTaskView, TaskState, TaskView } from './task.ts'
import { TaskType } from './task-line.ts'

/** A task in a path. */
export const TaskParams = Type.Object({
  ...BatchParams.properties,
  seq: Type.Integer({ minimum: 0, description: 'Position of the task in its batch, starting at 0.' }),
})
export type TaskParams = Static<typeof TaskParams>

/** Rows of a page of tasks if the client does not say. */
export const DEFAULT_TASKS_PER_PAGE = 100

/** Which tasks to list. */
export const ListTasksQuery = Type.Object(
  {
    state: Type.Optional({ ...TaskState, description: 'Return only tasks in this state.' }),
    failureClass: Type.Optional({
      ...FailureClass,
      description: 'Return only tasks whose last attempt failed with this class.',
    }),
    key: Type.Optional(Type.String({ maxLength: 255, description: 'Return only tasks with this key.' })),
    pageSize: Type.Optional(pageSize(DEFAULT_TASKS_PER_PAGE, 1000)),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)
export type ListTasksQuery = Static<typeof ListTasksQuery>

/** A page of tasks, in order of seq. */
export const TaskList = Type.Object(
  { tasks: Type.Array(TaskView, { description: 'The tasks, in order of seq.' }), nextCursor: NextCursor },
  { title: 'TaskList', additionalProperties: false },
)
export type TaskList = Static<typeof TaskList>

const { state, failureClass, key } = ListTasksQuery.properties

/** Which tasks to find, in all batches. */
export const SearchTasksQuery = Type.Object(
  {
    state,
    failureClass,
    key,
    type: Type.Optional({ ...TaskType, description: 'Return only tasks of this type.' }),
    queue: Type.Optional({ ...QueueName, description: 'Return only tasks of batches of this queue.' }),
    pageSize: Type.Optional(pageSize(DEFAULT_TASKS_PER_PAGE, 1000)),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)
export type SearchTasksQuery = Static<typeof SearchTasksQuery>

/** A page of tasks of all batches. */
export const FoundTaskList = Type.Object(
  {
    tasks: Type.Array(FoundTaskView, {
      description: 'The tasks, those of the newest batch first, and in each batch the last one first.',
    }),
    nextCursor: NextCursor,
  },
  { title: 'FoundTaskList', additionalProperties: false },
)
export type FoundTaskList = Static<typeof FoundTaskList>

/** Which results to stream. */
export const ReadResultsQuery = Type.Object(
  {
    state: Type.Optional(
      Type.Array(TaskState, {
        minItems: 1,
        maxItems: 6,
        description: 'Return only tasks in one of these states. Repeat the parameter for several. Default: all tasks.',
      }),
    ),
    fromSeq: Type.Optional(
      Type.Integer({
        minimum: 0,
        default: 0,
        description: 'The seq to begin with: one more than the last one received, to continue a stream that broke.',
      }),
    ),
    format: Type.Optional(
      Type.Enum(['ndjson', 'csv'], {
        default: 'ndjson',
        description: '`ndjson`: one JSON object per line. `csv`: rows after one with the names of the columns.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type ReadResultsQuery = Static<typeof ReadResultsQuery>
