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

/** Returns the keys of a BullMQ queue. `toKey` is that of a BullMQ queue or worker. */
export function queueKeysOf(toKey: (type: string) => string): QueueKeys {
  return {
    meta: toKey('meta'),
    wait: toKey('wait'),
    prioritized: toKey('prioritized'),
    active: toKey('active'),
    marker: toKey('marker'),
    jobBase: toKey(''),
  }
}
