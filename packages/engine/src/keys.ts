/** Every Redis key of Sluice, except BullMQ's own. A test compares this list with docs/redis-keys.md. */
export interface Keys {
  batch: (id: string) => BatchKeys
  /** zset: batch id by creation time. */
  batches: string
  /** zset: batch id by creation time, one for each state. */
  batchesInState: (state: string) => string
  /** zset: batch id by the time its creation began. Only a process that died leaves an entry behind. */
  drafts: string
  /** zset: batch id by the time it finished. */
  finished: string
  /** hash: code to batch id. */
  codes: string
  /** string: fingerprint, batch id and first response of the submission with this key. */
  idempotency: (key: string) => string
  /** set: names of queues. */
  queues: string
  /** hash: the settings of a queue. */
  queueSettings: (name: string) => string
  /** string: running tickets of the least busy worker that has free slots of a queue. */
  idleWorker: (queue: string) => string
  limit: (name: string) => LimitKeys
  /** set: names of limits. */
  limits: string
  workers: WorkersKeys
  /** hash: a detection of an upstream's limits. */
  detection: (id: string) => string
  /** zset: detection id by creation time. */
  detections: string
  /** pub/sub channel: signals to all workers. */
  signals: string
  /** string: the time of the last health check. */
  health: string
  /** BullMQ's prefix for the tickets of a queue. */
  tickets: (queue: string) => string
  /** BullMQ's prefix for maintenance jobs and detections. */
  maintenance: string
}

/** The keys of one batch. They share a hash tag, so that one script can access them all. */
export interface BatchKeys {
  meta: string
  states: string
  attempts: string
  appended: string
  due: string
  leases: string
  waits: string
  postponements: string
  failures: string
  timings: string
  criteria: string
  interruptions: string
  page: (n: number) => string
  outcome: (n: number) => string
}

/** The keys of one limit. They share a hash tag, so that one script can access both. */
export interface LimitKeys {
  /** hash: the settings of the limit. */
  settings: string
  /** hash: what the limit granted, and for when; its pause, backoff and factor. */
  ledger: string
}

/** The keys of the heartbeat. They share a hash tag, so that one script can access both. */
export interface WorkersKeys {
  /** zset: worker id by when it counts as dead, unless it beats again. */
  alive: string
  /** hash: the last beat of any worker, and from when the entries of `alive` count. */
  watch: string
}

/** Tasks in one page. `lua/lib/pages.lua` defines the same number. */
export const PAGE_TASKS = 128

/** Bytes that `appended` stores for one task: milliseconds since the batch was created, big-endian. */
export const APPENDED_BYTES = 5

/** Builds all keys; no other code builds one. Braces are Redis Cluster hash tags. */
export function createKeys(prefix: string): Keys {
  return {
    batch: (id) => batchKeys(`${prefix}:{batch:${id}}`),
    batches: `${prefix}:batches`,
    batchesInState: (state) => `${prefix}:batches:${state}`,
    drafts: `${prefix}:drafts`,
    finished: `${prefix}:finished`,
    codes: `${prefix}:codes`,
    idempotency: (key) => `${prefix}:idempotency:${key}`,
    queues: `${prefix}:queues`,
    queueSettings: (name) => `${prefix}:{queue:${name}}:settings`,
    idleWorker: (queue) => `${prefix}:{queue:${queue}}:idle`,
    limit: (name) => limitKeys(`${prefix}:{limit:${name}}`),
    limits: `${prefix}:limits`,
    workers: { alive: `${prefix}:{workers}:alive`, watch: `${prefix}:{workers}:watch` },
    detection: (id) => `${prefix}:detection:${id}`,
    detections: `${prefix}:detections`,
    signals: `${prefix}:signals`,
    health: `${prefix}:health`,
    tickets: (queue) => `{${prefix}:${queue}}`,
    maintenance: `{${prefix}}`,
  }
}

function limitKeys(base: string): LimitKeys {
  return { settings: `${base}:settings`, ledger: `${base}:ledger` }
}

function batchKeys(base: string): BatchKeys {
  return {
    meta: `${base}:meta`,
    states: `${base}:states`,
    attempts: `${base}:attempts`,
    appended: `${base}:appended`,
    due: `${base}:due`,
    leases: `${base}:leases`,
    waits: `${base}:waits`,
    postponements: `${base}:postponements`,
    failures: `${base}:failures`,
    timings: `${base}:timings`,
    criteria: `${base}:criteria`,
    interruptions: `${base}:interruptions`,
    page: (n) => `${base}:page:${n}`,
    outcome: (n) => `${base}:outcome:${n}`,
  }
}
