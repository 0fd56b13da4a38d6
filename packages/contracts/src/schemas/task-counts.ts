import { type Static, Type } from 'typebox'

const count = (description: string) => Type.Integer({ minimum: 0, description })

/** Number of tasks by state. */
export const TaskCountsView = Type.Object(
  {
    pending: count('Tasks that are ready to run, including those that a worker has taken but not started.'),
    delayed: count('Tasks that may run later: retried or postponed.'),
    running: count('Tasks that have started.'),
    completed: count('Tasks whose handler succeeded.'),
    failed: count('Tasks without attempts left, or whose failure must not be retried.'),
    cancelled: count('Tasks that were cancelled with their batch.'),
    total: count('All tasks.'),
  },
  {
    title: 'TaskCounts',
    description: 'Number of tasks by state. The states always add up to `total`.',
    additionalProperties: false,
  },
)
export type TaskCountsView = Static<typeof TaskCountsView>
