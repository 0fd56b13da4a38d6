import { type Static, Type } from 'typebox'

const count = Type.Integer({ minimum: 0 })

/** Tasks by state. */
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
    description: 'Tasks by state; the states always add up to total.',
    additionalProperties: false,
  },
)
export type TaskCountsView = Static<typeof TaskCountsView>
