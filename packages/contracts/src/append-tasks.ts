import { type Static, Type } from 'typebox'
import { TaskLine } from './task-line.ts'

/** Tasks to append, as one JSON array. */
export const AppendTasksBody = Type.Array(TaskLine, {
  minItems: 1,
  description: 'Tasks, in the order they shall have.',
})
export type AppendTasksBody = Static<typeof AppendTasksBody>

/** Where an append belongs. */
export const AppendTasksQuery = Type.Object(
  {
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'The seq that the first task of this upload shall have. Tasks the batch has already are skipped, ' +
          'so an upload can be repeated, or continued with the rest. Left out: after the last task.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** What became of an append. */
export const AppendTasksResult = Type.Object(
  {
    accepted: Type.Integer({ minimum: 0, description: 'Tasks that were added.' }),
    skipped: Type.Integer({ minimum: 0, description: 'Tasks the batch had already, by offset.' }),
    total: Type.Integer({ minimum: 0, description: 'Tasks the batch has now: the offset of the next append.' }),
  },
  { title: 'AppendResult', additionalProperties: false },
)
export type AppendTasksResult = Static<typeof AppendTasksResult>
