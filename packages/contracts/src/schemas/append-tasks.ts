import { type Static, Type } from 'typebox'
import { TaskLine } from './task-line.ts'

/** Tasks to append, as one JSON array. */
export const AppendTasksBody = Type.Array(TaskLine, {
  minItems: 1,
  description: 'The tasks, in order of their seqs.',
})
export type AppendTasksBody = Static<typeof AppendTasksBody>

/** Where the appended tasks go, and what comes after them. */
export const AppendTasksQuery = Type.Object(
  {
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'The seq of the first task of this upload. Tasks that the batch already has are compared and ' +
          'skipped, so an upload can be repeated or continued safely. Default: after the last task.',
      }),
    ),
    seal: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether the batch is sealed once all tasks are in it. If the request fails, the batch stays open. With ' +
          '`offset`, the request can be repeated after its answer was lost.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type AppendTasksQuery = Static<typeof AppendTasksQuery>

/** The result of an append. */
export const AppendTasksView = Type.Object(
  {
    accepted: Type.Integer({ minimum: 0, description: 'Number of tasks added.' }),
    skipped: Type.Integer({ minimum: 0, description: 'Number of tasks skipped because the batch already had them.' }),
    total: Type.Integer({ minimum: 0, description: 'Number of tasks in the batch: the offset of the next append.' }),
  },
  { title: 'AppendTasksResult', additionalProperties: false },
)
export type AppendTasksView = Static<typeof AppendTasksView>
