/** The keys of a BullMQ queue that scripts of Sluice use. */
export interface QueueKeys {
  meta: string
  wait: string
  prioritized: string
  active: string
  marker: string
  /** The key of a job without its id. */
  jobBase: string
}

/** Returns the keys of the BullMQ queue whose jobs have keys that begin with `jobBase`. */
export function queueKeysOf(jobBase: string): QueueKeys {
  return {
    meta: `${jobBase}meta`,
    wait: `${jobBase}wait`,
    prioritized: `${jobBase}prioritized`,
    active: `${jobBase}active`,
    marker: `${jobBase}marker`,
    jobBase,
  }
}
