import { defineScript } from './define-script.ts'
import type { JobRelease } from './release-jobs.ts'

/** Removes active jobs from their BullMQ queue, while they have the given locks. */
export const endJobsScript = defineScript('end-jobs', {
  keys: ['meta', 'wait', 'prioritized', 'active', 'marker'],
  args: ['job_base'],
  rest: 'jobs',
  encode: ({ jobBase, jobs }: JobRelease) => ({
    args: { job_base: jobBase },
    rest: jobs.flatMap(({ job, lock }) => [job, lock]),
  }),
  replies: { ended: ([count]) => ({ count: Number(count) }) },
})
