/** Every Redis key of Sluice, except BullMQ's own. A test compares this list with docs/redis-keys.md. */
export interface Keys extends RegistryKeys {
  batch: (id: string) => BatchKeys
  /** string: fingerprint, batch id and first response of the submission with this key. */
  idempotency: (hash: string) => string
  /** string: the running tickets and the types of the worker that last announced free slots of a queue. */
  idleWorker: (queue: string) => string
  limit: (name: string) => LimitKeys
  bulk: (id: string) => BulkKeys
  /** zset: bulk operation id by creation time. */
  bulks: string
  apiKeys: ApiKeyKeys
  sessions: SessionKeys
  audit: AuditKeys
  workers: WorkersKeys
  /** hash: a detection of an upstream's limits. */
  detection: (id: string) => string
  /** zset: detection id by creation time. */
  detections: string
  /** zset: detection id by creation time, of one tenant. */
  detectionsOf: (tenant: string) => string
  /** pub/sub channel: signals to all workers. */
  signals: string
  /** string: the time of the last health check. */
  health: string
  /** BullMQ's prefix for the tickets of a queue. */
  tickets: (queue: string) => string
  /** BullMQ's prefix for maintenance jobs and detections. */
  maintenance: string
}

/**
 * The registry: what lists batches, queues and limits. These keys share a hash tag, so that one script decides what
 * exists.
 */
export interface RegistryKeys {
  /** zset: batch id by creation time. */
  batches: string
  /** zset: batch id by creation time, one for each state. */
  batchesInState: (state: string) => string
  /** zset: batch id by the time it finished. */
  finished: string
  /** zset: batch id by creation time, of batches that every pass of the reconciler visits. */
  unsettled: string
  /** zset without scores: `<queue> <batch id>`, for each batch that uses its queue. */
  uses: string
  /** hash: batch id to the edition of the description that the indexes show, its tenant, tasks and bytes, and the queue that it uses. */
  editions: string
  /** zset: batch id by the time its creation began or was last extended; 0 once the draft is being discarded. */
  drafts: string
  /** zset: batch id by creation time, of one tenant. */
  batchesOf: (tenant: string) => string
  /** zset: batch id by creation time, of one tenant and state. */
  batchesOfInState: (tenant: string, state: string) => string
  /** hash: `<tenant>/tasks` and `<tenant>/bytes` to what the batches of a tenant hold. */
  tenantUsage: string
  /** hash: tenant to its quotas as JSON. */
  tenantQuotas: string
  /** hash: `<tenant>/<code>` to batch id. */
  codes: string
  /** hash: queue to the version of its settings, and the settings. */
  queues: string
  /** hash: queue to the limit that it is under. */
  limited: string
  /** zset: deleted queue by the time of its deletion. */
  deletedQueues: string
  /** hash: limit to the version of its settings, and the settings. */
  limits: string
  /** zset: deleted limit by the time of its deletion. */
  deletedLimits: string
  /** string: the unfinished tasks of each queue, and when a pass of the reconciler counted them. */
  taskTally: string
  /** string: the version that the last change of a queue or limit got. */
  version: string
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
  series: string
  series_base: string
  marks: string
  latest: string
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

/** The keys of one bulk operation. They share a hash tag, so that one script can access them all. */
export interface BulkKeys {
  /** hash: what is to be done, and how far it is. */
  operation: string
  /** list: the ids of the batches that it acts on. */
  batches: string
  /** list: why it skipped batches, as JSON. */
  skips: string
}

/** The keys of API keys. They share a hash tag, so that one script can access them. */
export interface ApiKeyKeys {
  /** hash: id to the API key as JSON. */
  records: string
  /** hash: id to when the API key was last used. */
  uses: string
  /** hash: the number of a window, and id to the requests of the API key in it. */
  requests: string
}

/** The keys of the sessions of browsers. They share a hash tag, so that one script can access them. */
export interface SessionKeys {
  /** hash: id to the session as JSON. */
  records: string
  /** zset: id by when the session expires. */
  expiries: string
  /** zset without scores: ids, which begin with the id of their owner. */
  ids: string
}

/** The keys of the audit log. They share a hash tag, so that one script can access both. */
export interface AuditKeys {
  /** stream: entries of what only some roles may do. */
  control: string
  /** stream: entries that every client can cause in any number, of submissions and refusals. */
  traffic: string
}

/** The keys of the heartbeat. They share a hash tag, so that one script can access them all. */
export interface WorkersKeys {
  /** zset: worker id by when it counts as dead, unless it beats again. */
  alive: string
  /** hash: the last beat of any worker, and from when the entries of `alive` count. */
  watch: string
  /** hash: worker id to what the worker offers to run. */
  offers: string
  /** hash: worker id to where the worker runs, and since when. */
  profiles: string
  /** hash: worker id to what the worker ran at its last beat. */
  loads: string
}

/** Tasks in one page. `lua/lib/pages.lua` defines the same number. */
export const PAGE_TASKS = 128

/** Bytes that `appended` stores for one task: milliseconds since the batch was created, big-endian. */
export const APPENDED_BYTES = 5

/** Builds all keys; no other code builds one. Braces are Redis Cluster hash tags. */
export function createKeys(prefix: string): Keys {
  return {
    batch: (id) => batchKeys(`${prefix}:{batch:${id}}`),
    ...registryKeys(`${prefix}:{registry}`),
    idempotency: (hash) => `${prefix}:idempotency:${hash}`,
    idleWorker: (queue) => `${prefix}:{queue:${queue}}:idle`,
    limit: (name) => limitKeys(`${prefix}:{limit:${name}}`),
    bulk: (id) => bulkKeys(`${prefix}:{bulk:${id}}`),
    bulks: `${prefix}:bulks`,
    apiKeys: apiKeyKeys(`${prefix}:{api-keys}`),
    sessions: sessionKeys(`${prefix}:{sessions}`),
    audit: { control: `${prefix}:{audit}:control`, traffic: `${prefix}:{audit}:traffic` },
    workers: workersKeys(`${prefix}:{workers}`),
    detection: (id) => `${prefix}:detection:${id}`,
    detections: `${prefix}:detections`,
    detectionsOf: (tenant) => `${prefix}:detections-of:${tenant}`,
    signals: `${prefix}:signals`,
    health: `${prefix}:health`,
    tickets: (queue) => `{${prefix}:${queue}}`,
    maintenance: `{${prefix}}`,
  }
}

function registryKeys(base: string): RegistryKeys {
  return {
    batches: `${base}:batches`,
    batchesInState: (state) => `${base}:batches:${state}`,
    // `lua/lib/indexes.lua` builds the same two.
    batchesOf: (tenant) => `${base}:batches-of:${tenant}`,
    batchesOfInState: (tenant, state) => `${base}:batches-of:${tenant}:${state}`,
    finished: `${base}:finished`,
    unsettled: `${base}:unsettled`,
    uses: `${base}:uses`,
    editions: `${base}:editions`,
    drafts: `${base}:drafts`,
    tenantUsage: `${base}:tenant-usage`,
    tenantQuotas: `${base}:tenant-quotas`,
    codes: `${base}:codes`,
    queues: `${base}:queues`,
    limited: `${base}:limited`,
    deletedQueues: `${base}:deleted-queues`,
    limits: `${base}:limits`,
    deletedLimits: `${base}:deleted-limits`,
    taskTally: `${base}:task-tally`,
    version: `${base}:version`,
  }
}

function limitKeys(base: string): LimitKeys {
  return { settings: `${base}:settings`, ledger: `${base}:ledger` }
}

function bulkKeys(base: string): BulkKeys {
  return { operation: `${base}:operation`, batches: `${base}:batches`, skips: `${base}:skips` }
}

function apiKeyKeys(base: string): ApiKeyKeys {
  return { records: `${base}:records`, uses: `${base}:uses`, requests: `${base}:requests` }
}

function sessionKeys(base: string): SessionKeys {
  return { records: `${base}:records`, expiries: `${base}:expiries`, ids: `${base}:ids` }
}

function workersKeys(base: string): WorkersKeys {
  return {
    alive: `${base}:alive`,
    watch: `${base}:watch`,
    offers: `${base}:offers`,
    profiles: `${base}:profiles`,
    loads: `${base}:loads`,
  }
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
    latest: `${base}:latest`,
    timings: `${base}:timings`,
    criteria: `${base}:criteria`,
    interruptions: `${base}:interruptions`,
    series: `${base}:series`,
    series_base: `${base}:series-base`,
    marks: `${base}:marks`,
    page: (n) => `${base}:page:${n}`,
    outcome: (n) => `${base}:outcome:${n}`,
  }
}
