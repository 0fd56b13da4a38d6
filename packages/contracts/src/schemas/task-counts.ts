import { type Static, Type } from 'typebox'

const count = Type.Integer({ minimum: 0 })

/** Number of tasks by state. */
export const TaskCountsView = Type.Object(
  {
    pending: count,
    delayed: count,
    running: count,
    completed: count,
    failed: count,
    cancelled: count,
    total: count,
  },
  {
    title: 'TaskCounts',
    description: 'Number of tasks by state. The states always add up to `total`.',
    additionalProperties: false,
  },
)
export type TaskCountsView = Static<typeof TaskCountsView>
