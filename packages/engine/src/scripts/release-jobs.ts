import { defineScript } from './define-script.ts'

/** An active job of BullMQ, and the lock that its worker took. */
export interface HeldJob {
  job: string
  /** `<worker>:<number>`; empty: it has none, which only a failover can cause. */
  lock: string
}

/** Which jobs of a BullMQ queue return to it. */
export interface JobRelease {
  /** The key of a job without its id. */
  jobBase: string
  jobs: readonly HeldJob[]
}

/** Returns active jobs to their BullMQ queue, while they have the given locks. */
export const releaseJobsScript = defineScript('release-jobs', {
  keys: ['active', 'wait', 'marker'],
  args: ['job_base'],
  rest: 'jobs',
  encode: ({ jobBase, jobs }: JobRelease) => ({
    args: { job_base: jobBase },
    rest: jobs.flatMap(({ job, lock }) => [job, lock]),
  }),
  replies: { released: ([count]) => ({ count: Number(count) }) },
})
