import { type Static, Type } from 'typebox'
import { BatchView } from './batch.ts'
import { ErrorGroupName } from './report.ts'
import { FailureClass } from './task.ts'

/** Which failed tasks to retry. */
export const RetryTasksBody = Type.Object(
  {
    failureClass: Type.Optional({ ...FailureClass, description: 'Retry only tasks that failed with this class.' }),
    group: Type.Optional({
      ...ErrorGroupName,
      description:
        'Retry only tasks whose last error the report counts in this group. `message` is the one of the report.',
    }),
    seqs: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), {
        minItems: 1,
        maxItems: 100_000,
        description: 'Retry only these tasks. Default: all failed tasks.',
      }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether to count the tasks only, and change nothing.' }),
    ),
  },
  { title: 'RetryTasks', additionalProperties: false, examples: [{ failureClass: 'server' }] },
)
export type RetryTasksBody = Static<typeof RetryTasksBody>

/** The result of retrying tasks. */
export const RetryTasksView = Type.Object(
  {
    retried: Type.Integer({ minimum: 1, description: 'Number of tasks that run again; of a dry run, that would.' }),
    batch: { ...BatchView, description: 'The batch.' },
  },
  { title: 'RetryTasksResult', additionalProperties: false },
)
export type RetryTasksView = Static<typeof RetryTasksView>
