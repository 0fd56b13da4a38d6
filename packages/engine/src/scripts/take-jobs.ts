import { defineScript } from './define-script.ts'
import type { HeldJob } from './release-jobs.ts'

/** Which waiting jobs of a BullMQ queue a worker takes. */
export interface JobRequest {
  /** The key of a job without its id. */
  jobBase: string
  /** `<worker>:<beginning of a number>`: no other jobs of the worker may have locks that begin with it. */
  lockBase: string
  lockMs: number
  /** Maximum number of jobs. */
  want: number
  /** Takes at most one in so many of the waiting jobs. */
  share: number
}

/** A job that was taken. */
export interface TakenJob extends HeldJob {
  /** The fields and values of its hash. */
  fields: string[]
}

/** Takes waiting jobs of a BullMQ queue for a worker. */
export const takeJobsScript = defineScript('take-jobs', {
  keys: ['meta', 'wait', 'prioritized', 'active'],
  args: ['job_base', 'lock_base', 'lock_ms', 'want', 'share'],
  encode: ({ jobBase, lockBase, lockMs, want, share }: JobRequest) => ({
    args: { job_base: jobBase, lock_base: lockBase, lock_ms: lockMs, want, share },
  }),
  replies: { taken: (values) => ({ jobs: decodeJobs(values) }) },
})

function decodeJobs(values: readonly unknown[]): TakenJob[] {
  const jobs: TakenJob[] = []
  for (let i = 0; i < values.length; i += 3) {
    jobs.push({ job: String(values[i]), lock: String(values[i + 1]), fields: values[i + 2] as string[] })
  }
  return jobs
}
