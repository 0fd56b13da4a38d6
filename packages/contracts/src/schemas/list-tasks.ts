import { type Static, Type } from 'typebox'
import { BatchParams } from './batch.ts'
import { Cursor, NextCursor, pageSize } from './paging.ts'
import { FailureClass, TaskState, TaskView } from './task.ts'

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
