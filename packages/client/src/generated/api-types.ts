// Generated from packages/contracts: pnpm docs:api

export interface ApiKey {
  /** The id of the API key: the twelve characters that follow `slk1_`. */
  id: string
  /** What people call the API key: who or what uses it. */
  name: string
  /** What an API key may do: permissions.md lists the permissions of each role. */
  role: Role
  /** The tenant that the API key belongs to, for good. It reaches what belongs to this tenant alone, and loses the permissions for what belongs to all tenants together. Null: none, so that it reaches all tenants. */
  tenant: string | null
  /** The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues. */
  queues: string[] | null
  /** When the API key was created. */
  createdAt: string
  /** The id of the API key that created it; `anonymous`; `command` for the option `--create-key`; or `file` for `SLUICE_BOOTSTRAP_KEY_FILE`. */
  createdBy: string
  /** When the API key stops working. Null: never. */
  expiresAt: string | null
  /** When the API key was last used, to the minute. Null: never. */
  lastUsedAt: string | null
  /** The id of the API key that replaces this one. Null: none. */
  replacedBy: string | null
}

export interface ApiKeyList {
  /** The API keys, newest first. */
  keys: ApiKey[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

/** The API process that answers. Others may differ. */
export interface ApiProcess {
  /** The version of Sluice. */
  version: string
  /** The version of Node.js. */
  node: string
  /** When the process started. */
  startedAt: string
  /** How far the clock of the process is ahead of Redis's, in ms. Negative: behind. */
  clockAheadMs: number
  /** The overload gate of the process that answers. */
  gate: GateStatus
  /** Open event streams. */
  eventStreams: number
}

export interface AppendTasksResult {
  /** Number of tasks added. */
  accepted: number
  /** Number of tasks skipped because the batch already had them. */
  skipped: number
  /** Number of tasks in the batch: the offset of the next append. */
  total: number
}

export interface AuditEntry {
  /** The id of the entry. */
  id: string
  /** When the request ended, by Redis's clock. */
  at: string
  /** `key`: a client with an API key. `session`: a browser that has signed in with an API key. `oidc`: a person who has signed in at an issuer. `anonymous`: a client without, which `SLUICE_ALLOW_ANONYMOUS` allows. `unauthenticated`: one that was refused. `command`: the option `--create-key`. `file`: `SLUICE_BOOTSTRAP_KEY_FILE`. */
  actor: 'key' | 'session' | 'oidc' | 'anonymous' | 'unauthenticated' | 'command' | 'file'
  /** The id of the API key. If the actor is `unauthenticated`, what it claimed. Null: none. */
  keyId: string | null
  /** The name of the API key or person at that time. Null: none. */
  name: string | null
  /** What the issuer calls the person. Null: no person. */
  subject: string | null
  /** The tenant of the API key. Null: none. */
  tenant: string | null
  /** The id of the operation. */
  operation: string
  /** What it concerned. Null: no single object. */
  object: string | null
  /** The address of the client, or of a proxy in front. Null: none, or the client was gone before the entry was made. */
  address: string | null
  /** The id of the request, by which the log lists it. Null: none. */
  requestId: string | null
  /** The `x-sluice-reason` of the request. Null: none. */
  reason: string | null
  /** `done`: the request succeeded. `refused`: its status is 4xx. `failed`: its status is 5xx, and it may have had an effect. */
  result: 'done' | 'refused' | 'failed'
  /** The HTTP status of the answer. */
  status: number
  /** The error code of the answer. Null: none. */
  code: string | null
}

export interface AuditList {
  /** The entries, newest first. */
  entries: AuditEntry[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

export interface Batch {
  /** The id of the batch. */
  id: string
  /** The tenant that it belongs to. Left out for the tenant `default`. */
  tenant?: string | undefined
  /** Your own unique name for the batch, or its id if you gave none. */
  code: string
  /** The queue that the batch was submitted to. */
  queue: string
  /** The handler that runs tasks without a `type`. */
  type: string
  /** The state of the batch. */
  state: BatchState
  /** How the tasks have ended. Null until all have. */
  outcome: BatchOutcome | null
  /** Whether the batch accepts no more tasks. */
  sealed: boolean
  /** Number of tasks by state. The states always add up to `total`. */
  counts: TaskCounts
  /** The JSON values that you attached. */
  metadata: Record<string, unknown>
  /** Maximum number of tasks that run at once. Null: the queue's concurrency applies. */
  concurrency: number | null
  /** Priority in the queue, from 1 (first) to 10. */
  priority: number
  /** How many attempts a failing task gets, how far apart, and how long it may be postponed. */
  retry: RetryPolicy
  /** Time limit of one attempt, in ms. */
  attemptTimeoutMs: number
  /** The conditions on which the batch stops itself. An absent criterion never stops it. */
  interruptionCriteria: InterruptionCriteria
  /** Each criterion with its threshold and its current value. */
  headroom: Headroom[]
  /** The most recent interruption. */
  lastInterruption: Interruption | null
  /** When the batch was created. */
  createdAt: string
  /** The time before which no task starts. Null: tasks start at once. */
  startAt: string | null
  /** When a worker took the first task. */
  startedAt: string | null
  /** When the batch was completed or cancelled. */
  finishedAt: string | null
  /** The time before which no task starts: the upstream asked for a pause, or refused calls in a row. */
  pausedUntil: string | null
  /** The earliest time at which a delayed task may run. */
  nextDueAt: string | null
  /** What tasks wait for while the queue's limit has no room. */
  limitWait: LimitWait | null
  /** What holds tasks back because the upstream refuses calls (429), in a queue without a limit. */
  upstreamWait: UpstreamWait | null
  /** What tasks wait for. Empty if they start as fast as they may, or if the batch is not active. */
  waitingFor: Waiting[]
  /** Finished tasks, in percent of all tasks. */
  percent: number
  /** Recent throughput, in finished tasks per second. */
  ratePerSecond: number
  /** Estimated time to completion at this rate, in ms. */
  etaMs: number | null
}

export interface BatchChange {
  /** The kind of the event, which is also its name. */
  kind: 'change'
  /** The topic of the objects. */
  topic: 'batch'
  /** The id or name of the object; of the topic `system`, `system`. */
  id: string
  /** The object as it is now. */
  object: Batch
}

export interface BatchList {
  /** The batches, newest first. */
  batches: Batch[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

export type BatchOutcome = 'succeeded' | 'partial' | 'failed'

export interface BatchReport {
  /** The id of the batch. */
  id: string
  /** The code of the batch. */
  code: string
  /** The state of the batch. */
  state: BatchState
  /** How the tasks have ended. Null until all have. */
  outcome: BatchOutcome | null
  /** Number of tasks by state. The states always add up to `total`. */
  counts: TaskCounts
  /** Time from the first start to the end, or to now, in ms. */
  durationMs: number
  /** Finished tasks per second over `durationMs`. */
  throughputPerSecond: number
  /** Duration of single attempts, in ms. */
  executionMs: Percentiles
  /** Time from the acceptance of a task to its end, in ms. */
  lifetimeMs: Percentiles
  /** Number of failed attempts that were retried. */
  retries: number
  /** Number of tasks that got a second attempt. */
  retriedTasks: number
  /** How many of `retriedTasks` have completed. */
  retriedCompleted: number
  /** How many of `retriedTasks` have failed. */
  retriedFailed: number
  /** Number of times a task was postponed because the upstream refused its call. */
  postponements: number
  /** Failed attempts in groups, the most frequent first. */
  errors: ErrorGroup[]
  /** The latest failed attempts, newest first. */
  latestFailures: LatestFailure[]
  /** After which time a running task is stuck: as the request says, or as its default is. */
  stuckAfterMs: number
  /** Tasks whose attempt runs for longer than `stuckAfterMs`, the longest first. */
  stuckTasks: StuckTask[]
  /** Each criterion with its threshold and its current value. */
  headroom: Headroom[]
  /** The interruptions of the batch, newest first. */
  interruptions: Interruption[]
}

export interface BatchSnapshot {
  /** The kind of the event, which is also its name. */
  kind: 'snapshot'
  /** The topic of the objects. */
  topic: 'batch'
  /** All objects of the topic. */
  objects: Batch[]
}

export type BatchState = 'active' | 'interrupted' | 'completed' | 'cancelled'

/** Number of batches by state. */
export interface BatchStates {
  /** Active batches. */
  active: number
  /** Interrupted batches. */
  interrupted: number
  /** Completed batches that are kept. */
  completed: number
  /** Cancelled batches that are kept. */
  cancelled: number
}

export interface BatchesChange {
  /** The kind of the event, which is also its name. */
  kind: 'change'
  /** The topic of the objects. */
  topic: 'batches'
  /** The id or name of the object; of the topic `system`, `system`. */
  id: string
  /** The object as it is now. */
  object: Batch
}

export interface BatchesSnapshot {
  /** The kind of the event, which is also its name. */
  kind: 'snapshot'
  /** The topic of the objects. */
  topic: 'batches'
  /** All objects of the topic. */
  objects: Batch[]
}

export interface BrowserSession {
  /** The id of the session. It is no secret: the cookie has 43 characters more. */
  id: string
  /** `session`: it was begun with an API key. `oidc`: its person has signed in at an issuer. */
  kind: 'session' | 'oidc'
  /** The id of the API key. Null: none. */
  keyId: string | null
  /** What the issuer calls the person. Null: no person. */
  subject: string | null
  /** The name of the person. Null: no person. */
  name: string | null
  /** When the session began. */
  createdAt: string
  /** When it ends unless it is used. Its API key may end earlier. */
  expiresAt: string
  /** When it ends in any case. */
  endsAt: string
  /** Whether the request is made with this session. */
  current: boolean
}

export type BulkAction = 'interrupt' | 'resume' | 'retry' | 'cancel' | 'delete'

/** Which batches: those to which all members apply, and on which the action can succeed in their state. It needs a member. */
export interface BulkFilter {
  /** Only batches in this state. */
  state?: BatchState | undefined
  /** Only batches with this outcome. */
  outcome?: BatchOutcome | undefined
  /** Only batches of this queue. */
  queue?: string | undefined
  /** Only batches of this type. */
  type?: string | undefined
  /** Only batches whose code begins with this. */
  codePrefix?: string | undefined
  /** Only batches with these ids. */
  ids?: string[] | undefined
}

export interface BulkList {
  /** The operations, newest first. */
  operations: BulkOperation[]
}

export interface BulkOperation {
  /** The id of the operation. Null of a dry run. */
  id: string | null
  /** What is done with each batch. `retry`: its failed tasks run again. */
  action: BulkAction
  /** Which batches: those to which all members apply, and on which the action can succeed in their state. It needs a member. */
  filter: BulkFilter
  /** `dry_run`: nothing is done. `running`: batches are left. `completed`: all were reached. `cancelled`: a client ended it before. */
  state: 'dry_run' | 'running' | 'completed' | 'cancelled'
  /** Batches that it acts on: they were chosen when it started. */
  total: number
  /** Batches on which the action succeeded. */
  done: number
  /** Batches that had changed or were gone. */
  skipped: number
  /** Tasks that the action has touched; of a dry run, tasks that it would touch. */
  tasks: number
  /** Why batches were skipped: the first hundred. */
  skips: BulkSkip[]
  /** Whether there may be more batches than the thousand that one operation acts on. Only the answer that starts it says so. */
  hasMore: boolean
  /** The `x-sluice-reason` of the request. Null: none. */
  reason: string | null
  /** The id of the API key. Null: anonymous. */
  createdBy: string | null
  /** When it started. */
  createdAt: string
  /** When it was completed or cancelled. */
  finishedAt: string | null
}

export interface BulkSkip {
  /** The id of the batch. */
  batchId: string
  /** The error code. */
  code: string
  /** A sentence that says why. */
  message: string
}

export interface CancelBatch {
  /** Whether running attempts are aborted and their tasks cancelled. If false, they finish. Default: true. */
  abort?: boolean | undefined
}

export interface ChangeApiKey {
  /** What people call the API key: who or what uses it. */
  name?: string | undefined
  /** What an API key may do: permissions.md lists the permissions of each role. */
  role?: Role | undefined
  /** The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues. */
  queues?: string[] | null | undefined
  /** When the API key stops working, in ISO 8601 with a time zone. Null: never. */
  expiresAt?: string | null | undefined
}

export interface ChangeLimit {
  /** Rules that replace all rules of the limit. */
  rules?: LimitRule[] | undefined
  /** How much faster than evenly spaced tasks may start. Use 1 for upstreams that refuse bursts; 1000 switches spacing off. */
  burstFactor?: number | null | undefined
  /** Whether the limit learns which share of its maxima the upstream accepts. It starts low and grows. */
  adaptive?: boolean | null | undefined
  /** Longest pause that a response of the upstream causes, in ms: at most 15 minutes. A longer Retry-After counts as this long. */
  maxPauseMs?: number | null | undefined
  /** Read-only. Must be the name in the path. */
  name?: string | undefined
  /** Read-only. Ignored. */
  factor?: number | undefined
  /** Read-only. Ignored. */
  nextStartAt?: string | null | undefined
  /** Read-only. Ignored. */
  pausedUntil?: string | null | undefined
  /** Read-only. Ignored. */
  probing?: boolean | undefined
  /** Read-only. Ignored. */
  pauses?: number | undefined
}

export interface ChangeQueue {
  /** Maximum number of tasks of the queue that run at once, on all workers. */
  concurrency?: number | null | undefined
  /** Changes to the default retry policy. */
  retry?: RetryPolicyChange | null | undefined
  /** Time limit of one attempt, in ms. An attempt that takes longer is aborted and fails. */
  attemptTimeoutMs?: number | null | undefined
  /** Changes to the defaults of `http`. */
  http?: QueueHttpChange | null | undefined
  /** Changes to the default criteria. Null for one criterion switches it off, and null for all restores those of a new queue. */
  interruptionCriteria?: InterruptionCriteriaUpdate | null | undefined
  /** The limit that applies to the tasks, shared by all queues that name it. Null: none. */
  limit?: string | null | undefined
  /** The tenants whose API keys may use the queue. For others it does not exist. Adding one while the queue has secrets needs the permission `secrets:grant`. Null: all tenants. API keys of no tenant may use every queue. */
  tenants?: string[] | null | undefined
  /** Whether the queue is paused: none of its tasks start. */
  paused?: boolean | null | undefined
  /** Read-only. Must be the name in the path. */
  name?: string | undefined
  /** Read-only. Ignored. */
  activeBatches?: number | undefined
  /** Read-only. Ignored. */
  tickets?: object | undefined
  /** Read-only. Ignored. */
  workers?: number | undefined
  /** Read-only. Ignored. */
  types?: string[] | undefined
}

export type Confidence = 'high' | 'medium' | 'low'

export interface CreateApiKey {
  /** What people call the API key: who or what uses it. */
  name: string
  /** What an API key may do: permissions.md lists the permissions of each role. */
  role: Role
  /** The tenant that the API key belongs to, for good. It reaches what belongs to this tenant alone, and loses the permissions for what belongs to all tenants together. Null: none, so that it reaches all tenants. */
  tenant?: string | null | undefined
  /** The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues. */
  queues?: string[] | null | undefined
  /** When the API key stops working, in ISO 8601 with a time zone. Null: never. */
  expiresAt?: string | null | undefined
}

export interface CreateBatch {
  /** Your own unique name for the batch. It must not contain slashes or control characters. Default: its id. */
  code?: string | undefined
  /** The queue to submit to. It must exist. Default: "default". */
  queue?: string | undefined
  /** The handler that runs tasks without a `type`. Default: "http". */
  type?: string | undefined
  /** JSON values to attach to the batch, at most 16 KB. They are returned with it. */
  metadata?: Record<string, unknown> | undefined
  /** Maximum number of tasks that run at once, on all workers. Default: the queue's concurrency. */
  concurrency?: number | undefined
  /** Priority in the queue, from 1 (first) to 10. Default: 5. */
  priority?: number | undefined
  /** The time before which no task starts, at most 366 days from now. A time in the past is the present. Default: the present. */
  startAt?: string | undefined
  /** The retry policy. A field that is left out takes the queue's value. */
  retry?: RetryPolicyUpdate | undefined
  /** Time limit of one attempt, in ms. Default: the queue's `attemptTimeoutMs`. */
  attemptTimeoutMs?: number | undefined
  /** The conditions on which the batch stops itself. A criterion that is left out takes the queue's value; null switches it off. */
  interruptionCriteria?: InterruptionCriteriaUpdate | undefined
  /** The first tasks of the batch, or none. Send more than a few thousand as NDJSON instead. */
  tasks?: TaskLine[] | undefined
  /** Whether the batch accepts no more tasks. Default: true if `tasks` is given, otherwise false. A sealed batch without tasks completes at once. */
  sealed?: boolean | undefined
}

export interface CreateDetection {
  /** The URL to call repeatedly, without a user name or a password. Choose a call that is cheap and harmless. */
  url: string
  /** The HTTP method. Default: POST with a body, otherwise GET. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'QUERY' | undefined
  /** Headers of the call. The worker replaces `${secret:NAME}` by the secret if the queue lists it in `http.secrets` and the worker may send it to the host. */
  headers?: Record<string, string> | undefined
  /** The body of the call. A string is sent as it is, any other value as JSON. Null: no body. */
  body?: unknown
  /** Time limit of one call, in ms. Default: the queue's `http.timeoutMs`. */
  timeoutMs?: number | undefined
  /** The queue whose `http` settings apply to the call. Default: "default". */
  queue?: string | undefined
  /** What the detection may spend. It ends with what it knows once a budget is used up. */
  budgets?: DetectionBudgets | undefined
}

/** The value of each criterion as a share of the threshold that it had. A criterion without a threshold is absent. Shares of past periods have steps of 0.005 and end at 1.27. */
export interface CriterionShares {
  /** The share. 1 stops the batch. */
  maxErrorRate?: number | undefined
  /** The share. 1 stops the batch. */
  maxFailedTasks?: number | undefined
  /** The share. 1 stops the batch. */
  maxConsecutiveFailures?: number | undefined
  /** The share. 1 stops the batch. */
  maxRateLimitHits?: number | undefined
  /** The share. 1 stops the batch. */
  maxConcurrencyErrors?: number | undefined
  /** The share. 1 stops the batch. */
  taskTimeoutMs?: number | undefined
  /** The share. 1 stops the batch. */
  maxBatchRuntimeMs?: number | undefined
}

export interface Detection {
  /** The id of the detection. */
  id: string
  /** The state of the detection: `pending` until a worker starts it. The last three are final. */
  state: DetectionState
  /** The tenant that it belongs to. Left out for the tenant `default`. */
  tenant?: string | undefined
  /** The queue whose `http` settings apply to the call. */
  queue: string
  /** The HTTP method. Null: POST with a body, otherwise GET. */
  method: string | null
  /** The URL that is called, without its query, which may hold a key. */
  url: string
  /** Names of the headers sent. Their values are not returned. */
  headerNames: string[]
  /** What the detection may spend. It ends with what it knows once a budget is used up. */
  budgets: DetectionBudgets
  /** When the detection was created. */
  createdAt: string
  /** When a worker started the detection. */
  startedAt: string | null
  /** When the detection ended. */
  finishedAt: string | null
  /** The progress of the detection, up to two seconds old. */
  progress: DetectionProgress | null
  /** What the detection found, once it is completed. */
  result: DetectionResult | null
  /** Why the detection failed. */
  error: DetectionError | null
}

/** What the detection may spend. It ends with what it knows once a budget is used up. */
export interface DetectionBudgets {
  /** Maximum number of calls. Default: 4,000. */
  requests?: number | undefined
  /** Maximum number of rejected calls, not counting calls in flight. Default: 200. */
  rejections?: number | undefined
  /** Maximum duration, in seconds. Default: 1,800. */
  seconds?: number | undefined
  /** Maximum number of calls in flight. Default: 32. */
  maxConcurrency?: number | undefined
}

/** What the detection spent. */
export interface DetectionCost {
  /** Number of calls made. */
  requests: number
  /** Number of rejected calls. */
  rejections: number
  /** Duration of the detection, in ms. */
  durationMs: number
}

export interface DetectionError {
  /** `no_success`, `unreliable`, `refused`, `worker_lost`, `worker_stopped` or `internal`. */
  reason: string
  /** A sentence that explains the reason. */
  message: string
}

export interface DetectionList {
  /** The detections, newest first. */
  detections: Detection[]
}

export interface DetectionProgress {
  /** The current stage. */
  stage: DetectionStage
  /** Number of calls made. */
  requests: number
  /** Number of rejected calls. */
  rejections: number
  /** Duration of the detection, in ms. */
  durationMs: number
}

export interface DetectionResult {
  /** How many concurrent calls the upstream accepts. */
  concurrency: FoundConcurrency
  /** How many calls the upstream accepts in a time. */
  rate: FoundRateLimit
  /** Settings that stay slightly below what was found. */
  recommended: RecommendedSettings
  /** How well the measurements support the result. */
  confidence: Confidence
  /** What to consider before using the result. */
  notes: string[]
  /** What the detection spent. */
  cost: DetectionCost
}

export type DetectionStage = 'checking' | 'concurrency' | 'rate' | 'verifying'

export type DetectionState = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled'

export interface ErrorGroup {
  /** The class of a failure. */
  failureClass: FailureClass
  /** The upstream's HTTP status code, if it responded. */
  status: number | null
  /** The error message, with numbers and ids masked. */
  message: string
  /** Number of failed attempts, including those that were retried. */
  count: number
  /** The seq of one task with this error. */
  sampleSeq: number
}

/** Retry only tasks whose last error the report counts in this group. `message` is the one of the report. */
export interface ErrorGroupName {
  /** The class of a failure. */
  failureClass: FailureClass
  /** The upstream's HTTP status code, if it responded. */
  status: number | null
  /** The error message, with numbers and ids masked. */
  message: string
}

export type FailureClass = 'rate_limited' | 'overloaded' | 'timeout' | 'network' | 'auth' | 'invalid' | 'server' | 'handler' | 'worker_lost'

export type FailureOutcome = 'failed' | 'retry' | 'postponed'

/** The data of an event. `kind` is the name of the event. */
export type FleetEvent = BatchesSnapshot | BatchSnapshot | QueuesSnapshot | LimitsSnapshot | WorkersSnapshot | SystemSnapshot | BatchesChange | BatchChange | QueuesChange | LimitsChange | WorkersChange | SystemChange | Gone | Tick

/** How many concurrent calls the upstream accepts. */
export interface FoundConcurrency {
  /** Maximum number of concurrent calls. Null: no limit was found. */
  limit: number | null
  /** Highest concurrency that succeeded. */
  atLeast: number
}

export interface FoundRate {
  /** Maximum number of calls in a window. */
  max: number
  /** Length of the window, in ms. */
  perMs: number
  /** Whether the rate comes from response headers or was measured. */
  source: 'headers' | 'probing'
  /** The algorithm that explains the measured responses best. */
  family: 'fixed_from_first' | 'sliding_log' | 'fixed_by_clock' | 'sliding_counter' | 'token_bucket' | null
  /** Approximate number of calls that a token bucket accepts at once after a pause. */
  burst: number | null
}

/** How many calls the upstream accepts in a time. */
export interface FoundRateLimit {
  /** The rate limit. Null: none was found. */
  limit: FoundRate | null
  /** Highest rate that succeeded, in calls per second, if no limit was found. */
  atLeastPerSecond: number
}

export interface FoundTask {
  /** The id of its batch. */
  batchId: string
  /** The code of its batch. */
  code: string
  /** The queue of its batch. */
  queue: string
  /** Position of the task in its batch, starting at 0. */
  seq: number
  /** Your own id for the task. */
  key: string | null
  /** The handler that runs the task. */
  type: string
  /** The state of the task. */
  state: TaskState
  /** Number of attempts started. Released attempts do not count. */
  attempts: number
  /** How many attempts the task may have, including the first. Released and postponed ones do not count. */
  maxAttempts: number
  /** The input of the handler: any JSON value. */
  payload: unknown
  /** How much of each unit of a limit the task uses. */
  weights: Record<string, number> | null
  /** When the task was accepted. */
  appendedAt: string
  /** The time from which a delayed task may run. */
  dueAt: string | null
  /** When the running attempt started. Null unless one runs. Of a task of less than 100 ms, it may be up to 200 ms too early, because a worker leases several of them at once. */
  startedAt: string | null
  /** When the last recorded attempt ended. */
  finishedAt: string | null
  /** Duration of the last recorded attempt, in ms. */
  durationMs: number | null
  /** The handler's return value: any JSON value. Null until the task has completed. */
  result: unknown
  /** Why the last attempt failed. Null unless it did. */
  error: TaskError | null
}

export interface FoundTaskList {
  /** The tasks, those of the newest batch first, and in each batch the last one first. */
  tasks: FoundTask[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

/** The overload gate of the process that answers. */
export interface GateStatus {
  /** `open`: requests pass. `buffering`: requests are held. `shedding`: requests were refused within the last second. `closing`: the process stops. `off`: the gate is switched off. */
  state: 'open' | 'buffering' | 'shedding' | 'closing' | 'off'
  /** Requests that are held. */
  held: number
  /** For how long requests have been refused, in ms. 0: none is. */
  sheddingForMs: number
}

export interface Gone {
  /** The kind of the event, which is also its name. */
  kind: 'gone'
  /** The topic of the object. */
  topic: 'batches' | 'batch' | 'queues' | 'limits' | 'workers' | 'system'
  /** The id or name of the object; of the topic `system`, `system`. */
  id: string
}

export interface Headroom {
  /** Name of the criterion. */
  criterion: string
  /** The configured value. */
  threshold: number
  /** The current value that is compared with the threshold. */
  value: number
}

export interface Health {
  /** Always `ok`. */
  status: 'ok'
}

export interface InterruptBatch {
  /** The reason, as one word of lower-case letters, digits and underscores. Default: "manual". */
  reason?: string | undefined
  /** A sentence that explains the reason. */
  message?: string | undefined
  /** Whether running attempts are aborted and released. By default they finish. Default: false. */
  abort?: boolean | undefined
}

export interface Interruption {
  /** The criterion that was met, or the reason that the client gave. */
  reason: string
  /** A sentence with the value and the threshold. */
  message: string
  /** The value that met the threshold. Null if a client interrupted the batch. */
  value: number | string | null
  /** The threshold of the criterion. Null if a client interrupted the batch. */
  threshold: number | string | null
  /** When the batch was interrupted. */
  at: string
  /** Number of tasks by state. The states always add up to `total`. */
  counts: TaskCounts
}

/** Default criteria, copied into each batch at its creation. */
export interface InterruptionCriteria {
  /** Share of failed tasks above which the batch stops: of the finished tasks once there are `minSample` of them, and of all tasks once the batch is sealed. While a batch is not sealed, fewer tasks never stop it. */
  maxErrorRate?: number | undefined
  /** Number of finished tasks required before `maxErrorRate` is judged by them. Default: 20. */
  minSample?: number | undefined
  /** Number of failed tasks at which the batch stops. */
  maxFailedTasks?: number | undefined
  /** Number of consecutive failed attempts, on all workers, at which the batch stops. */
  maxConsecutiveFailures?: number | undefined
  /** Number of 429 responses at which the batch stops. */
  maxRateLimitHits?: number | undefined
  /** Number of 502 and 503 responses at which the batch stops. */
  maxConcurrencyErrors?: number | undefined
  /** Duration of one attempt, in ms, at which it is aborted and the batch stops. */
  taskTimeoutMs?: number | undefined
  /** Time, in ms, after which the batch stops. It starts with the first task, and again at each resumption. */
  maxBatchRuntimeMs?: number | undefined
  /** Failure classes that stop the batch at their first failure. */
  stopOn?: FailureClass[] | undefined
}

export interface InterruptionCriteriaUpdate {
  /** Share of failed tasks above which the batch stops: of the finished tasks once there are `minSample` of them, and of all tasks once the batch is sealed. While a batch is not sealed, fewer tasks never stop it. */
  maxErrorRate?: number | null | undefined
  /** Number of finished tasks required before `maxErrorRate` is judged by them. Default: 20. */
  minSample?: number | null | undefined
  /** Number of failed tasks at which the batch stops. */
  maxFailedTasks?: number | null | undefined
  /** Number of consecutive failed attempts, on all workers, at which the batch stops. */
  maxConsecutiveFailures?: number | null | undefined
  /** Number of 429 responses at which the batch stops. */
  maxRateLimitHits?: number | null | undefined
  /** Number of 502 and 503 responses at which the batch stops. */
  maxConcurrencyErrors?: number | null | undefined
  /** Duration of one attempt, in ms, at which it is aborted and the batch stops. */
  taskTimeoutMs?: number | null | undefined
  /** Time, in ms, after which the batch stops. It starts with the first task, and again at each resumption. */
  maxBatchRuntimeMs?: number | null | undefined
  /** Failure classes that stop the batch at their first failure. */
  stopOn?: FailureClass[] | null | undefined
}

export interface InterruptionList {
  /** The interruptions, newest first. */
  interruptions: Interruption[]
}

export interface LatestFailure {
  /** When the attempt was recorded. */
  at: string
  /** The seq of the task. */
  seq: number
  /** `failed`: the task has failed. `retry`: it runs again. `postponed`: the same, but no attempt was spent, because the upstream refused the call. */
  outcome: FailureOutcome
  /** The class of a failure. */
  failureClass: FailureClass
  /** The upstream's HTTP status code, if it responded. */
  status: number | null
  /** The error message. If it is very long, it is cut, with numbers and ids masked. */
  message: string
}

export interface Limit {
  /** The name of a limit: up to 63 lower-case letters, digits, dots, underscores and hyphens. */
  name: string
  /** The rules, with their current use. */
  rules: LimitRuleUse[]
  /** How much faster than evenly spaced tasks may start. Use 1 for upstreams that refuse bursts; 1000 switches spacing off. Default: 2. */
  burstFactor: number
  /** Whether the limit learns which share of its maxima the upstream accepts. It starts low and grows. Default: false. */
  adaptive: boolean
  /** Longest pause that a response of the upstream causes, in ms: at most 15 minutes. A longer Retry-After counts as this long. Default: 900000. */
  maxPauseMs: number
  /** The share of its maxima that the limit allows now. Below 1 only if it is adaptive. */
  factor: number
  /** When a task that asked now could start. Null: at once. */
  nextStartAt: string | null
  /** The time before which no task starts, because the upstream asked for a pause. */
  pausedUntil: string | null
  /** Whether one call at a time probes the upstream, because it refused calls without a retry time. */
  probing: boolean
  /** Number of pauses after refused calls since the limit was last idle for an hour. */
  pauses: number
}

export interface LimitList {
  /** The limits, in alphabetical order. */
  limits: Limit[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

export interface LimitRule {
  /** What the rule counts: `requests` counts each call once; any other unit counts the weights of tasks. */
  unit: string
  /** The most that may start in any window of `perMs`, on all workers. */
  max: number
  /** Length of the window, in ms: from a tenth of a second to 31 days. */
  perMs: number
  /** Read-only. Ignored. */
  used?: number | undefined
  /** Read-only. Ignored. */
  reserved?: number | undefined
}

export interface LimitRuleUse {
  /** What the rule counts: `requests` counts each call once; any other unit counts the weights of tasks. */
  unit: string
  /** The most that may start in any window of `perMs`, on all workers. */
  max: number
  /** Length of the window, in ms: from a tenth of a second to 31 days. */
  perMs: number
  /** Amount started within the current window. */
  used: number
  /** Amount granted for start times that have not come yet. */
  reserved: number
}

export interface LimitWait {
  /** The name of a limit: up to 63 lower-case letters, digits, dots, underscores and hyphens. */
  limit: string
  /** When the next task can start. Null if that is unknown. */
  nextStartAt: string | null
  /** A sentence that explains the wait. */
  message: string
}

export interface LimitsChange {
  /** The kind of the event, which is also its name. */
  kind: 'change'
  /** The topic of the objects. */
  topic: 'limits'
  /** The id or name of the object; of the topic `system`, `system`. */
  id: string
  /** The object as it is now. */
  object: Limit
}

export interface LimitsSnapshot {
  /** The kind of the event, which is also its name. */
  kind: 'snapshot'
  /** The topic of the objects. */
  topic: 'limits'
  /** All objects of the topic. */
  objects: Limit[]
}

export interface LineError {
  /** The line number, starting at 1. Blank lines count. */
  line: number
  /** What is wrong: it completes the sentence that begins with the line. */
  message: string
  /** The value that was sent, shortened if it is long. */
  value?: unknown
}

export interface Mark {
  /** `started`: a worker took the first task. `interrupted` and `resumed`: the batch was. `retried`: failed tasks run again. `changed`: settings of the batch were changed. `finished`: the batch was completed or cancelled. */
  kind: 'started' | 'interrupted' | 'resumed' | 'retried' | 'changed' | 'finished'
  /** When it happened. */
  at: string
  /** The reason of an interruption. Null for every other kind. */
  reason: string | null
}

export interface NewApiKey {
  /** The id of the API key: the twelve characters that follow `slk1_`. */
  id: string
  /** What people call the API key: who or what uses it. */
  name: string
  /** What an API key may do: permissions.md lists the permissions of each role. */
  role: Role
  /** The tenant that the API key belongs to, for good. It reaches what belongs to this tenant alone, and loses the permissions for what belongs to all tenants together. Null: none, so that it reaches all tenants. */
  tenant: string | null
  /** The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues. */
  queues: string[] | null
  /** When the API key was created. */
  createdAt: string
  /** The id of the API key that created it; `anonymous`; `command` for the option `--create-key`; or `file` for `SLUICE_BOOTSTRAP_KEY_FILE`. */
  createdBy: string
  /** When the API key stops working. Null: never. */
  expiresAt: string | null
  /** When the API key was last used, to the minute. Null: never. */
  lastUsedAt: string | null
  /** The id of the API key that replaces this one. Null: none. */
  replacedBy: string | null
  /** The API key to send with requests. No other answer shows it: store it now. */
  key: string
}

export interface OpenapiDocument {
  [member: string]: unknown
}

/** Time from the acceptance of a task to its end, in ms. */
export interface Percentiles {
  /** Number of durations. */
  count: number
  /** The average. */
  mean: number
  /** The shortest duration, at least 0.1. */
  min: number
  /** The median. */
  p50: number
  /** The 90th percentile. */
  p90: number
  /** The 99th percentile. */
  p99: number
  /** The longest duration. */
  max: number
}

export type Permission = 'session:read' | 'session:write' | 'batches:read' | 'batches:write' | 'batches:control' | 'batches:delete' | 'payloads:read' | 'queues:read' | 'queues:write' | 'secrets:grant' | 'limits:read' | 'limits:write' | 'detections:read' | 'detections:write' | 'workers:read' | 'system:read' | 'tenants:read' | 'tenants:write' | 'metrics:read' | 'keys:read' | 'keys:write' | 'audit:read'

export interface Problem {
  /** A URN for the code. */
  type: string
  /** The code in words. */
  title: string
  /** The HTTP status code. */
  status: number
  /** The error code. It is stable: branch on it. */
  code: string
  /** A sentence for people that explains this occurrence. It may change. */
  detail: string
  /** The path of the request. */
  instance: string
  /** The id of the request, by which the log lists it. */
  requestId: string
  /** Time to wait before the request is repeated, in ms. */
  retryAfterMs?: number | undefined
  /** What is wrong with the request (`SLUICE_REQUEST_INVALID`). */
  errors?: RequestError[] | undefined
  /** The first invalid lines (`SLUICE_TASKS_INVALID`). */
  lines?: LineError[] | undefined
  /** Number of tasks that a failed append added before it failed. */
  accepted?: number | undefined
  /** Number of tasks that a failed append skipped before it failed. */
  skipped?: number | undefined
  /** Number of tasks in the batch: the offset to continue an append with. */
  total?: number | undefined
  /** The task that differs from the one sent (`SLUICE_TASKS_DIFFER`). */
  seq?: number | undefined
  /** The batch that has the code (`SLUICE_CODE_TAKEN`) or needs the queue. */
  batchId?: string | undefined
  [member: string]: unknown
}

export interface PutLimit {
  /** The rules, which all apply at once. Each must have a different unit or window. */
  rules: LimitRule[]
  /** How much faster than evenly spaced tasks may start. Use 1 for upstreams that refuse bursts; 1000 switches spacing off. Default: 2. */
  burstFactor?: number | undefined
  /** Whether the limit learns which share of its maxima the upstream accepts. It starts low and grows. Default: false. */
  adaptive?: boolean | undefined
  /** Longest pause that a response of the upstream causes, in ms: at most 15 minutes. A longer Retry-After counts as this long. Default: 900000. */
  maxPauseMs?: number | undefined
  /** Read-only. Must be the name in the path. */
  name?: string | undefined
  /** Read-only. Ignored. */
  factor?: number | undefined
  /** Read-only. Ignored. */
  nextStartAt?: string | null | undefined
  /** Read-only. Ignored. */
  pausedUntil?: string | null | undefined
  /** Read-only. Ignored. */
  probing?: boolean | undefined
  /** Read-only. Ignored. */
  pauses?: number | undefined
}

export interface PutQueue {
  /** Maximum number of tasks of the queue that run at once, on all workers. Default: 100. */
  concurrency?: number | undefined
  /** Default retry policy. A field that is left out takes its default. */
  retry?: RetryPolicyUpdate | undefined
  /** Time limit of one attempt, in ms. An attempt that takes longer is aborted and fails. Default: 600000. */
  attemptTimeoutMs?: number | undefined
  /** Defaults of the `http` handler. */
  http?: QueueHttp | undefined
  /** Default criteria, copied into each batch when it is created. If given, they replace those of a new queue, which are `{"maxConsecutiveFailures": 300, "stopOn": ["auth"]}`: a criterion that is left out never stops a batch. */
  interruptionCriteria?: InterruptionCriteriaUpdate | undefined
  /** The limit that applies to the tasks, shared by all queues that name it. Null: none. */
  limit?: string | null | undefined
  /** The tenants whose API keys may use the queue. For others it does not exist. Adding one while the queue has secrets needs the permission `secrets:grant`. Null: all tenants. API keys of no tenant may use every queue. */
  tenants?: string[] | null | undefined
  /** Whether the queue is paused: none of its tasks start. Default: false. */
  paused?: boolean | undefined
  /** Read-only. Must be the name in the path. */
  name?: string | undefined
  /** Read-only. Ignored. */
  activeBatches?: number | undefined
  /** Read-only. Ignored. */
  tickets?: object | undefined
  /** Read-only. Ignored. */
  workers?: number | undefined
  /** Read-only. Ignored. */
  types?: string[] | undefined
}

export interface PutTenant {
  /** Maximum number of active and interrupted batches. Null: any number. */
  maxActiveBatches?: number | null | undefined
  /** Maximum number of tasks of all batches that are kept, in any state. Null: any number. */
  maxTasks?: number | null | undefined
  /** Maximum number of bytes of these tasks as they were sent, and of the results of completed ones. Null: any number. */
  maxBytes?: number | null | undefined
  /** Read-only. Must be the name in the path. */
  name?: string | undefined
  /** Read-only. Ignored. */
  activeBatches?: number | undefined
  /** Read-only. Ignored. */
  tasks?: number | undefined
  /** Read-only. Ignored. */
  bytes?: number | undefined
}

export interface Queue {
  /** The name of the queue. */
  name: string
  /** Maximum number of tasks of the queue that run at once, on all workers. Default: 100. */
  concurrency: number
  /** Default retry policy, copied into each batch at its creation. */
  retry: RetryPolicy
  /** Time limit of one attempt, in ms. An attempt that takes longer is aborted and fails. */
  attemptTimeoutMs: number
  /** Defaults of the `http` handler. */
  http: QueueHttp
  /** Default criteria, copied into each batch at its creation. */
  interruptionCriteria: InterruptionCriteria
  /** The limit that applies to the tasks, shared by all queues that name it. Null: none. */
  limit: string | null
  /** The tenants whose API keys may use the queue. An API key of a tenant sees its own alone. Left out: all. */
  tenants?: string[] | undefined
  /** Whether the queue is paused: none of its tasks start. Default: false. */
  paused: boolean
  /** Number of batches that use the queue: active and interrupted ones, and those whose last tasks are being aborted. */
  activeBatches: number
  /** Number of tickets by state. Each ticket carries one unit of a batch's concurrency. */
  tickets: TicketCounts
  /** Number of workers that are alive and serve the queue. */
  workers: number
  /** The task types that at least one of these workers handles, in alphabetical order. */
  types: string[]
}

/** Defaults of the `http` handler. */
export interface QueueHttp {
  /** Time limit of one call, in ms. Default: 30,000. */
  timeoutMs?: number | undefined
  /** Headers to send with every call. A header of the task replaces one of the same name. A header that carries a credential, by its name, must contain `${secret:NAME}`. */
  headers?: Record<string, string> | undefined
  /** Hosts that tasks may call, with or without a port; `*.example.com` names all below. Default: all. A response of any host that a task calls may pause the limit of the queue. */
  hosts?: string[] | undefined
  /** Names of secrets that tasks of the queue may use as `${secret:NAME}`. Workers send a secret only to the hosts that it is bound to in their environment. Adding a name needs the permission `secrets:grant`. Default: none. */
  secrets?: string[] | undefined
  /** Hosts that receive a `traceparent` with each call, written like `hosts`: the trace of the request that created the batch, with a span id per attempt. Default: none, because an upstream is a third party. */
  propagateTrace?: string[] | undefined
}

export interface QueueHttpChange {
  /** Time limit of one call, in ms. Default: 30,000. */
  timeoutMs?: number | null | undefined
  /** Headers that replace all headers of the queue. A credential must contain `${secret:NAME}`. */
  headers?: Record<string, string> | null | undefined
  /** Hosts that tasks may call, with or without a port; `*.example.com` names all below. Default: all. A response of any host that a task calls may pause the limit of the queue. */
  hosts?: string[] | null | undefined
  /** Names of secrets that tasks of the queue may use as `${secret:NAME}`. Workers send a secret only to the hosts that it is bound to in their environment. Adding a name needs the permission `secrets:grant`. Default: none. */
  secrets?: string[] | null | undefined
  /** Hosts that receive a `traceparent` with each call, written like `hosts`: the trace of the request that created the batch, with a span id per attempt. Default: none, because an upstream is a third party. */
  propagateTrace?: string[] | null | undefined
}

export interface QueueList {
  /** The queues, in alphabetical order. */
  queues: Queue[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

export interface QueueLoad {
  /** The name of the queue. */
  queue: string
  /** Tickets of the queue that the worker runs. */
  tickets: number
}

export interface QueuesChange {
  /** The kind of the event, which is also its name. */
  kind: 'change'
  /** The topic of the objects. */
  topic: 'queues'
  /** The id or name of the object; of the topic `system`, `system`. */
  id: string
  /** The object as it is now. */
  object: Queue
}

export interface QueuesSnapshot {
  /** The kind of the event, which is also its name. */
  kind: 'snapshot'
  /** The topic of the objects. */
  topic: 'queues'
  /** All objects of the topic. */
  objects: Queue[]
}

export interface RecommendedLimit {
  /** The rules of the limit. */
  rules: {
    /** Always `requests`. */
    unit: string
    /** Maximum number of calls in a window. */
    max: number
    /** Length of the window, in ms. */
    perMs: number
  }[]
  /** How much faster than evenly spaced calls may start. */
  burstFactor: number
}

/** Settings that stay slightly below what was found. */
export interface RecommendedSettings {
  /** A body for `PUT /v1/limits/:name`, at 90% of the rate that was found, or less if its confidence is low. Null: no rate was found. */
  limit: RecommendedLimit | null
  /** A concurrency for the queue: 80% of the limit that was found. Null: none was found. */
  concurrency: number | null
}

export interface RedisNode {
  /** The version of the server. */
  version: string
  /** Which server it is. */
  server: 'redis' | 'valkey'
  /** The role in replication. */
  role: string
  /** Memory in use, in bytes. */
  usedBytes: number
  /** `maxmemory`, in bytes. Null: the server has no bound. */
  maxBytes: number | null
  /** `maxmemory-policy`. Any other than `noeviction` may lose tasks. */
  evictionPolicy: string
  /** Open connections. */
  connectedClients: number
  /** For how long the server has run, in ms. */
  uptimeMs: number
}

/** What Redis says about itself. */
export interface RedisStatus {
  /** Whether it is a Redis Cluster. */
  isCluster: boolean
  /** The server; of a cluster, each of its masters. */
  nodes: RedisNode[]
}

export interface RequestError {
  /** Where the error is: a JSON pointer that starts with `body`, `query`, `path` or `headers`. */
  path: string
  /** What is wrong: it completes the sentence that begins with the path. */
  message: string
  /** The value that was sent, shortened if it is long. */
  value?: unknown
}

export interface RerollApiKey {
  /** How long the old API key still works, in ms: up to 30 days, and never beyond its own expiry. 0 stops it at once, for a key that has leaked. Default: 86400000. */
  graceMs?: number | undefined
}

export interface ResumeBatch {
  /** Changes to the criteria. A criterion that is left out stays as it is; null switches it off. */
  interruptionCriteria?: InterruptionCriteriaUpdate | undefined
}

/** Default retry policy, copied into each batch at its creation. */
export interface RetryPolicy {
  /** Maximum number of attempts per task, including the first. */
  maxAttempts: number
  /** Upper bound of the random delay before the second attempt, in ms. It doubles with each attempt. */
  minDelayMs: number
  /** Upper bound of the random delay before any attempt, in ms. Must be at least `minDelayMs`. */
  maxDelayMs: number
  /** How long the upstream may postpone a task by refusing its calls (429), in ms from the first refusal. A refusal after that time fails the task. Default: a day. */
  maxPostponedMs: number
}

export interface RetryPolicyChange {
  /** Maximum number of attempts per task, including the first. */
  maxAttempts?: number | null | undefined
  /** Upper bound of the random delay before the second attempt, in ms. It doubles with each attempt. */
  minDelayMs?: number | null | undefined
  /** Upper bound of the random delay before any attempt, in ms. Must be at least `minDelayMs`. */
  maxDelayMs?: number | null | undefined
  /** How long the upstream may postpone a task by refusing its calls (429), in ms from the first refusal. A refusal after that time fails the task. Default: a day. */
  maxPostponedMs?: number | null | undefined
}

/** Default retry policy. A field that is left out takes its default. */
export interface RetryPolicyUpdate {
  /** Maximum number of attempts per task, including the first. */
  maxAttempts?: number | undefined
  /** Upper bound of the random delay before the second attempt, in ms. It doubles with each attempt. */
  minDelayMs?: number | undefined
  /** Upper bound of the random delay before any attempt, in ms. Must be at least `minDelayMs`. */
  maxDelayMs?: number | undefined
  /** How long the upstream may postpone a task by refusing its calls (429), in ms from the first refusal. A refusal after that time fails the task. Default: a day. */
  maxPostponedMs?: number | undefined
}

export interface RetryTasks {
  /** Retry only tasks that failed with this class. */
  failureClass?: FailureClass | undefined
  /** Retry only tasks whose last error the report counts in this group. `message` is the one of the report. */
  group?: ErrorGroupName | undefined
  /** Retry only these tasks. Default: all failed tasks. */
  seqs?: number[] | undefined
  /** Whether to count the tasks only, and change nothing. Default: false. */
  dryRun?: boolean | undefined
}

export interface RetryTasksResult {
  /** Number of tasks that run again; of a dry run, that would. */
  retried: number
  /** The batch. */
  batch: Batch
}

export type Role = 'viewer' | 'submitter' | 'operator' | 'admin'

export interface Sample {
  /** When the period began. */
  at: string
  /** Tasks that completed. */
  completed: number
  /** Tasks that failed for good. */
  failed: number
  /** Attempts that failed and are retried. */
  retried: number
  /** Attempts that the upstream refused (429). */
  postponed: number
  /** Tasks that were running when the period ended. */
  running: number
  /** Tasks that were pending or delayed when the period ended. */
  waiting: number
  /** Median duration of the attempts that ended, in ms, at most 10% too high. Null: none ended. */
  p50Ms: number | null
  /** The 95th percentile of the same durations, in ms. Null: none ended. */
  p95Ms: number | null
  /** How many tasks could run at once when the period ended: the lower concurrency of the batch and of its queue. */
  concurrency: number
  /** The value of each criterion as a share of the threshold that it had. A criterion without a threshold is absent. Shares of past periods have steps of 0.005 and end at 1.27. */
  criteria: CriterionShares
}

export interface Series {
  /** The length of a period, in ms: 10,000, and twice as long each time the series is full. */
  periodMs: number
  /** The periods in which something was recorded, oldest first. In a period without a sample nothing ended. The last one may still go on. */
  samples: Sample[]
  /** What happened to the batch as a whole, oldest first. */
  marks: Mark[]
}

export interface Session {
  /** `key`: a client with an API key. `session`: a browser that has signed in with an API key. `oidc`: one whose person has signed in at an issuer. `anonymous`: a client without, which `SLUICE_ALLOW_ANONYMOUS` allows. */
  kind: 'key' | 'session' | 'oidc' | 'anonymous'
  /** The id of the API key. Null: none. */
  keyId: string | null
  /** The name of the API key or person. Null if anonymous. */
  name: string | null
  /** What the issuer calls the person. Null: no person. */
  subject: string | null
  /** What an API key may do: permissions.md lists the permissions of each role. */
  role: Role
  /** What the client may do. */
  permissions: Permission[]
  /** The tenant that the client belongs to. Null: none, so that it reaches all tenants. */
  tenant: string | null
  /** The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues. */
  queues: string[] | null
  /** When the API key stops working, or the session ends unless it is used. Null: never. */
  expiresAt: string | null
}

export interface SessionList {
  /** The sessions, in the order of their ids. A page may have fewer than `pageSize`. */
  sessions: BrowserSession[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

export interface SignIn {
  /** The API key. */
  apiKey: string
}

export interface StartBulk {
  /** What is done with each batch. `retry`: its failed tasks run again. */
  action: BulkAction
  /** Which batches: those to which all members apply, and on which the action can succeed in their state. It needs a member. */
  filter: BulkFilter
  /** Whether to count batches and tasks only, and change nothing. Default: false. */
  dryRun?: boolean | undefined
}

export interface StuckTask {
  /** The seq of the task. */
  seq: number
  /** Time since its attempt started, in ms. */
  runningForMs: number
}

export interface System {
  /** The API process that answers. Others may differ. */
  process: ApiProcess
  /** What Redis says about itself. */
  redis: RedisStatus
  /** Number of batches by state. */
  batches: BatchStates
  /** Queues, including `default`. */
  queues: number
  /** Limits. */
  limits: number
  /** Workers that are alive. */
  workers: number
  /** Time since the last pass of the reconciler, in ms. It makes one every 15 seconds. Null: none within a day. */
  maintenanceAgeMs: number | null
}

export interface SystemChange {
  /** The kind of the event, which is also its name. */
  kind: 'change'
  /** The topic of the objects. */
  topic: 'system'
  /** The id or name of the object; of the topic `system`, `system`. */
  id: string
  /** The object as it is now. */
  object: System
}

export interface SystemSnapshot {
  /** The kind of the event, which is also its name. */
  kind: 'snapshot'
  /** The topic of the objects. */
  topic: 'system'
  /** All objects of the topic. */
  objects: System[]
}

export interface Task {
  /** Position of the task in its batch, starting at 0. */
  seq: number
  /** Your own id for the task. */
  key: string | null
  /** The handler that runs the task. */
  type: string
  /** The state of the task. */
  state: TaskState
  /** Number of attempts started. Released attempts do not count. */
  attempts: number
  /** How many attempts the task may have, including the first. Released and postponed ones do not count. */
  maxAttempts: number
  /** The input of the handler: any JSON value. */
  payload: unknown
  /** How much of each unit of a limit the task uses. */
  weights: Record<string, number> | null
  /** When the task was accepted. */
  appendedAt: string
  /** The time from which a delayed task may run. */
  dueAt: string | null
  /** When the running attempt started. Null unless one runs. Of a task of less than 100 ms, it may be up to 200 ms too early, because a worker leases several of them at once. */
  startedAt: string | null
  /** When the last recorded attempt ended. */
  finishedAt: string | null
  /** Duration of the last recorded attempt, in ms. */
  durationMs: number | null
  /** The handler's return value: any JSON value. Null until the task has completed. */
  result: unknown
  /** Why the last attempt failed. Null unless it did. */
  error: TaskError | null
}

/** Number of tasks by state. The states always add up to `total`. */
export interface TaskCounts {
  /** Tasks that are ready to run, including those that a worker has taken but not started. */
  pending: number
  /** Tasks that may run later: retried or postponed. */
  delayed: number
  /** Tasks that have started. */
  running: number
  /** Tasks whose handler succeeded. */
  completed: number
  /** Tasks without attempts left, or whose failure must not be retried. */
  failed: number
  /** Tasks that were cancelled with their batch. */
  cancelled: number
  /** All tasks. */
  total: number
}

export interface TaskError {
  /** The class of a failure. */
  failureClass: FailureClass
  /** The error message. */
  message: string
  /** The upstream's HTTP status code, if it responded. */
  status?: number | undefined
  /** The stack trace, if the handler threw an error that does not say what it means. */
  stack?: string | undefined
}

export interface TaskLine {
  /** The handler that runs the task. Default: the batch's `type`. */
  type?: string | undefined
  /** The input of the handler: any JSON value. With the type `http`, an object as `HttpPayload` describes it. */
  payload: unknown
  /** Your own id for the task, returned with it. It does not have to be unique. */
  key?: string | undefined
  /** Maximum number of attempts, including the first. Default: the batch's `retry.maxAttempts`. */
  maxAttempts?: number | undefined
  /** How much of each unit of a limit the task is expected to use. */
  weights?: Record<string, number> | undefined
}

export interface TaskList {
  /** The tasks, in order of seq. */
  tasks: Task[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

export interface TaskResult {
  /** Position of the task in its batch, starting at 0. */
  seq: number
  /** Your own id for the task. */
  key: string | null
  /** The state of the task. */
  state: TaskState
  /** Number of attempts started. Released attempts do not count. */
  attempts: number
  /** When the last recorded attempt ended. */
  finishedAt: string | null
  /** Duration of the last recorded attempt, in ms. */
  durationMs: number | null
  /** The handler's return value: any JSON value. Null until the task has completed. */
  result: unknown
  /** Why the last attempt failed. Null unless it did. */
  error: TaskError | null
}

export type TaskState = 'pending' | 'delayed' | 'running' | 'completed' | 'failed' | 'cancelled'

export interface Tenant {
  /** The name of a tenant: up to 63 lower-case letters, digits, dots, underscores and hyphens. */
  name: string
  /** Maximum number of active and interrupted batches. Null: any number. */
  maxActiveBatches: number | null
  /** Maximum number of tasks of all batches that are kept, in any state. Null: any number. */
  maxTasks: number | null
  /** Maximum number of bytes of these tasks as they were sent, and of the results of completed ones. Null: any number. */
  maxBytes: number | null
  /** Number of active and interrupted batches. */
  activeBatches: number
  /** Number of tasks of all batches that are kept. */
  tasks: number
  /** Bytes of these tasks, and of the results of completed ones. */
  bytes: number
}

export interface TenantList {
  /** The tenants, in alphabetical order. */
  tenants: Tenant[]
  /** The `cursor` of the next page. Null on the last page. */
  nextCursor: string | null
}

export interface Tick {
  /** The kind of the event, which is also its name. */
  kind: 'tick'
  /** The time of the process. */
  at: string
  /** Batches by state. Null for an API key that is narrowed to queues. */
  batches: BatchStates | null
  /** Tasks that complete per second, in the batches of the topic. */
  completedPerSecond: number
  /** Tasks that fail per second, in the batches of the topic. */
  failedPerSecond: number
  /** Tasks that run, in the batches of the topic. */
  running: number
  /** Tasks that are pending or delayed, in the batches of the topic. */
  waiting: number
}

/** Number of tickets by state. Each ticket carries one unit of a batch's concurrency. */
export interface TicketCounts {
  /** Tickets that a worker is running. */
  active: number
  /** Tickets that are ready to run. */
  waiting: number
  /** Tickets that wait for a time. */
  delayed: number
}

export interface UpdateBatch {
  /** Maximum number of tasks that run at once, on all workers. Null: the queue's concurrency applies. */
  concurrency?: number | null | undefined
  /** Priority in the queue, from 1 (first) to 10. */
  priority?: number | undefined
  /** The time before which no task starts, while none has: later or earlier. Null, or a time in the past: at once. */
  startAt?: string | null | undefined
  /** JSON values that replace the attached ones, at most 16 KB. */
  metadata?: Record<string, unknown> | undefined
  /** Changes to the retry policy. A field that is left out stays as it is, except for a bound of the delay that would contradict the other one. Attempts that start from then on count. */
  retry?: RetryPolicyUpdate | undefined
  /** Time limit of one attempt, in ms, for attempts that start from then on. */
  attemptTimeoutMs?: number | undefined
  /** Changes to the criteria, judged at once. A criterion that is left out stays as it is; null switches it off. */
  interruptionCriteria?: InterruptionCriteriaUpdate | undefined
}

export interface UpstreamWait {
  /** `paused`: no task starts before `pausedUntil`. `probing`: one task at a time finds out whether the upstream accepts calls again. `paced`: it does, and tasks start at `startsPerSecond`. */
  state: UpstreamWaitState
  /** How many tasks start per second while the upstream accepts calls. It grows until a call is refused. Null: not known yet. */
  startsPerSecond: number | null
  /** A sentence that explains the wait. */
  message: string
}

export type UpstreamWaitState = 'paused' | 'probing' | 'paced'

export interface Version {
  /** The name of the process. */
  name: string
  /** The version of Sluice. */
  version: string
  /** The version of Node. */
  node: string
  /** Maximum size of a task, in bytes of its JSON. */
  maxTaskBytes: number
}

export interface Waiting {
  /** `start_at`: the start of the batch has not come. `queue_paused`: the queue is paused. `no_worker`: no worker serves the queue. `no_handler`: no worker of the queue handles all types of the batch's tasks. `limit`: the limit of the queue has no room. `upstream_pause`: the upstream refuses calls. `backoff`: all tasks wait for their retry. `slot`: other batches use all slots. `seal`: all tasks have ended, and the batch is not sealed. */
  kind: WaitingKind
  /** A sentence that explains the wait. */
  message: string
  /** The task types that lack a handler: `no_handler`. */
  types?: string[] | undefined
  /** When the wait ends: `start_at`, and `upstream_pause` and `backoff` if known. */
  until?: string | undefined
}

export type WaitingKind = 'start_at' | 'queue_paused' | 'no_worker' | 'no_handler' | 'limit' | 'upstream_pause' | 'backoff' | 'slot' | 'seal'

export interface Worker {
  /** The id of the worker. A worker that starts again has another one. */
  id: string
  /** The name of its machine. Null for an API key that is narrowed to queues. */
  host: string | null
  /** The id of its process on that machine. Null for an API key that is narrowed to queues. */
  pid: number | null
  /** The version of Sluice that it runs. */
  version: string
  /** The queues that it serves, in alphabetical order: of a narrowed API key, those that it is narrowed to. Null: all. */
  queues: string[] | null
  /** The task types that it handles, in alphabetical order. */
  types: string[]
  /** Maximum number of tickets that it runs of each queue. */
  concurrency: number
  /** Attempts that it runs. Null for an API key that is narrowed to queues: they may be of any queue. */
  running: number | null
  /** The tickets that it runs, by queue, in alphabetical order. Queues without any are left out. */
  load: QueueLoad[]
  /** When its process started serving. */
  startedAt: string
  /** When it last said that it is alive. It does so every 0.7 s, and counts as dead after 3.5 s. */
  lastBeatAt: string
}

export interface WorkerList {
  /** The workers, in the order in which they started. */
  workers: Worker[]
}

export interface WorkersChange {
  /** The kind of the event, which is also its name. */
  kind: 'change'
  /** The topic of the objects. */
  topic: 'workers'
  /** The id or name of the object; of the topic `system`, `system`. */
  id: string
  /** The object as it is now. */
  object: Worker
}

export interface WorkersSnapshot {
  /** The kind of the event, which is also its name. */
  kind: 'snapshot'
  /** The topic of the objects. */
  topic: 'workers'
  /** All objects of the topic. */
  objects: Worker[]
}

/** What each operation takes and answers. */
export interface Operations {
  createBatch: { query: {
    /** Your own unique name for the batch. It must not contain slashes or control characters. Default: its id. */
    code?: string | undefined
    /** The queue to submit to. It must exist. Default: "default". */
    queue?: string | undefined
    /** The handler that runs tasks without a `type`. Default: "http". */
    type?: string | undefined
    /** Maximum number of tasks that run at once, on all workers. Default: the queue's concurrency. */
    concurrency?: number | undefined
    /** Priority in the queue, from 1 (first) to 10. Default: 5. */
    priority?: number | undefined
    /** The time before which no task starts, at most 366 days from now. A time in the past is the present. Default: the present. */
    startAt?: string | undefined
    /** Time limit of one attempt, in ms. Default: the queue's `attemptTimeoutMs`. */
    attemptTimeoutMs?: number | undefined
    /** Whether the batch accepts no more tasks, so that it completes when these have ended. Default: true. */
    seal?: boolean | undefined
  }; body: CreateBatch; answer: Batch }
  listBatches: { query: {
    /** Return only batches in this state. */
    state?: BatchState | undefined
    /** Return only batches with this outcome. */
    outcome?: BatchOutcome | undefined
    /** Return only batches of this type. */
    type?: string | undefined
    /** Return only batches of this queue. */
    queue?: string | undefined
    /** Return only batches of this tenant. */
    tenant?: string | undefined
    /** Return only batches whose code begins with this. */
    codePrefix?: string | undefined
    /** Return only batches created at this time or later. */
    createdAfter?: string | undefined
    /** Return only batches created before this time. */
    createdBefore?: string | undefined
    /** Return only batches with these values in their metadata, each as `metadata.<name>=<value>`: a text, or the JSON of a number, a boolean or null. */
    metadata?: Record<string, string> | undefined
    /** The largest number of rows to return. Default: 50. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: BatchList }
  readBatch: { answer: Batch }
  updateBatch: { body: UpdateBatch; answer: Batch }
  deleteBatch: { answer: undefined }
  sealBatch: { answer: Batch }
  cancelBatch: { body: CancelBatch | undefined; answer: Batch }
  readReport: { query: {
    /** After which time a running task is stuck, in ms. Default: one minute, and ten times the 99th percentile of executions. */
    stuckAfterMs?: number | undefined
  }; answer: BatchReport }
  readSeries: { answer: Series }
  watchBatch: { answer: Batch }
  interruptBatch: { body: InterruptBatch | undefined; answer: Batch }
  resumeBatch: { body: ResumeBatch | undefined; answer: Batch }
  listInterruptions: { answer: InterruptionList }
  startBulk: { body: StartBulk; answer: BulkOperation }
  listBulk: { answer: BulkList }
  readBulk: { answer: BulkOperation }
  cancelBulk: { answer: BulkOperation }
  appendTasks: { query: {
    /** The seq of the first task of this upload. Tasks that the batch already has are compared and skipped, so an upload can be repeated or continued safely. Default: after the last task. */
    offset?: number | undefined
    /** Whether the batch is sealed once all tasks are in it. If the request fails, the batch stays open. With `offset`, the request can be repeated after its answer was lost. Default: false. */
    seal?: boolean | undefined
  }; body: TaskLine[]; answer: AppendTasksResult }
  listTasks: { query: {
    /** Return only tasks in this state. */
    state?: TaskState | undefined
    /** Return only tasks whose last attempt failed with this class. */
    failureClass?: FailureClass | undefined
    /** Return only tasks with this key. */
    key?: string | undefined
    /** The largest number of rows to return. Default: 100. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: TaskList }
  searchTasks: { query: {
    /** Return only tasks in this state. */
    state?: TaskState | undefined
    /** Return only tasks whose last attempt failed with this class. */
    failureClass?: FailureClass | undefined
    /** Return only tasks with this key. */
    key?: string | undefined
    /** Return only tasks of this type. */
    type?: string | undefined
    /** Return only tasks of batches of this queue. */
    queue?: string | undefined
    /** The largest number of rows to return. Default: 100. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: FoundTaskList }
  readTask: { answer: Task }
  retryTasks: { body: RetryTasks | undefined; answer: RetryTasksResult }
  readResults: { query: {
    /** Return only tasks in one of these states. Repeat the parameter for several. Default: all tasks. */
    state?: TaskState[] | undefined
    /** The seq to begin with: one more than the last one received, to continue a stream that broke. Default: 0. */
    fromSeq?: number | undefined
    /** `ndjson`: one JSON object per line. `csv`: rows after one with the names of the columns. Default: "ndjson". */
    format?: 'ndjson' | 'csv' | undefined
  }; answer: TaskResult }
  listQueues: { query: {
    /** The largest number of rows to return. Default: 50. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: QueueList }
  readQueue: { answer: Queue }
  putQueue: { body: PutQueue; answer: Queue }
  changeQueue: { body: ChangeQueue; answer: Queue }
  pauseQueue: { answer: Queue }
  resumeQueue: { answer: Queue }
  deleteQueue: { answer: undefined }
  listLimits: { query: {
    /** The largest number of rows to return. Default: 50. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: LimitList }
  readLimit: { answer: Limit }
  putLimit: { body: PutLimit; answer: Limit }
  changeLimit: { body: ChangeLimit; answer: Limit }
  deleteLimit: { answer: undefined }
  createDetection: { body: CreateDetection; answer: Detection }
  listDetections: { answer: DetectionList }
  readDetection: { answer: Detection }
  cancelDetection: { answer: Detection }
  listTenants: { query: {
    /** The largest number of rows to return. Default: 50. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: TenantList }
  readTenant: { answer: Tenant }
  putTenant: { body: PutTenant; answer: Tenant }
  createApiKey: { body: CreateApiKey; answer: NewApiKey }
  listApiKeys: { query: {
    /** The largest number of rows to return. Default: 50. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: ApiKeyList }
  readApiKey: { answer: ApiKey }
  changeApiKey: { body: ChangeApiKey; answer: ApiKey }
  rerollApiKey: { body: RerollApiKey | undefined; answer: NewApiKey }
  deleteApiKey: { answer: undefined }
  createSession: { body: SignIn; answer: Session }
  startSignIn: { query: {
    /** The path at which the browser goes on. Default: that of `SLUICE_PUBLIC_URL`. */
    returnTo?: string | undefined
  }; answer: undefined }
  finishSignIn: { query: {
    /** What the API exchanges for the claims of the person. */
    code?: string | undefined
    /** The attempt to which the answer belongs. */
    state?: string | undefined
    /** The issuer. */
    iss?: string | undefined
    /** Why the issuer has not signed the person in. */
    error?: string | undefined
    [member: string]: unknown
  }; answer: undefined }
  readSession: { answer: Session }
  deleteSession: { answer: undefined }
  listSessions: { query: {
    /** Only sessions of this API key. */
    keyId?: string | undefined
    /** Only sessions of the person whom the issuer calls this. */
    subject?: string | undefined
    /** The largest number of rows to return. Default: 50. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: SessionList }
  endSession: { answer: undefined }
  listAudit: { query: {
    /** Return only entries of this API key. */
    keyId?: string | undefined
    /** Return only entries of API keys of this tenant. */
    tenant?: string | undefined
    /** Return only entries of this operation. */
    operation?: string | undefined
    /** Return only entries of this object, such as `queues/llm`. Batches go by their id. */
    object?: string | undefined
    /** Return only entries with this result. */
    result?: 'done' | 'refused' | 'failed' | undefined
    /** Return only entries of this time and later, in ISO 8601 with a time zone. */
    from?: string | undefined
    /** Return only entries before this time, in ISO 8601 with a time zone. */
    to?: string | undefined
    /** The largest number of rows to return. Default: 50. */
    pageSize?: number | undefined
    /** The `nextCursor` of the previous page. Omit it to read the first page. */
    cursor?: string | undefined
  }; answer: AuditList }
  exportAudit: { query: {
    /** Return only entries of this API key. */
    keyId?: string | undefined
    /** Return only entries of API keys of this tenant. */
    tenant?: string | undefined
    /** Return only entries of this operation. */
    operation?: string | undefined
    /** Return only entries of this object, such as `queues/llm`. Batches go by their id. */
    object?: string | undefined
    /** Return only entries with this result. */
    result?: 'done' | 'refused' | 'failed' | undefined
    /** Return only entries of this time and later, in ISO 8601 with a time zone. */
    from?: string | undefined
    /** Return only entries before this time, in ISO 8601 with a time zone. */
    to?: string | undefined
    /** Return only entries after the one with this id: the last one that the client has. */
    after?: string | undefined
  }; answer: AuditEntry }
  listWorkers: { answer: WorkerList }
  readSystem: { answer: System }
  watchEvents: { query: {
    /** The topics, separated by commas. `batches`: the 200 newest batches that are active or interrupted. `queues`, `limits`, `workers`: the first 200 of each. `system`: the state of the installation. */
    topics?: string | undefined
    /** The id of a batch to follow, or `code:` followed by its code. It is the topic `batch`. */
    batch?: string | undefined
  }; answer: FleetEvent }
  checkAlive: { answer: Health }
  checkReady: { answer: Health }
  readVersion: { answer: Version }
  readMetrics: { answer: string }
  readOpenapi: { answer: OpenapiDocument }
}

/** The stable identifier of a refusal. */
export type ErrorCode =
  | 'SLUICE_API_KEY_EXPIRED'
  | 'SLUICE_API_KEY_NOT_FOUND'
  | 'SLUICE_BATCH_NOT_FOUND'
  | 'SLUICE_BATCH_SEALED'
  | 'SLUICE_BATCH_STARTED'
  | 'SLUICE_BATCH_STATE'
  | 'SLUICE_BATCH_TOO_LARGE'
  | 'SLUICE_BODY_DAMAGED'
  | 'SLUICE_BODY_EXPANDS'
  | 'SLUICE_BODY_NOT_JSON'
  | 'SLUICE_BODY_TOO_LARGE'
  | 'SLUICE_BODY_TOO_SLOW'
  | 'SLUICE_BULK_NOT_FOUND'
  | 'SLUICE_BULK_STATE'
  | 'SLUICE_CODE_TAKEN'
  | 'SLUICE_CROSS_ORIGIN'
  | 'SLUICE_CURSOR_INVALID'
  | 'SLUICE_DETECTION_NOT_FOUND'
  | 'SLUICE_DETECTION_STATE'
  | 'SLUICE_EXPIRY_PAST'
  | 'SLUICE_HEADERS_TOO_LARGE'
  | 'SLUICE_HEADERS_TOO_SLOW'
  | 'SLUICE_HOST_NOT_ALLOWED'
  | 'SLUICE_IDEMPOTENCY_IN_PROGRESS'
  | 'SLUICE_IDEMPOTENCY_KEY_REUSED'
  | 'SLUICE_INSECURE_SIGN_IN'
  | 'SLUICE_INTERNAL'
  | 'SLUICE_KEY_IN_QUERY'
  | 'SLUICE_LIMIT_IN_USE'
  | 'SLUICE_LIMIT_NOT_FOUND'
  | 'SLUICE_LIMIT_UNKNOWN'
  | 'SLUICE_MEDIA_TYPE'
  | 'SLUICE_METHOD_NOT_ALLOWED'
  | 'SLUICE_NOTHING_TO_RETRY'
  | 'SLUICE_OFFSET_GAP'
  | 'SLUICE_OIDC_NO_ROLE'
  | 'SLUICE_OIDC_NO_REACH'
  | 'SLUICE_OIDC_OFF'
  | 'SLUICE_OIDC_REFUSED'
  | 'SLUICE_OIDC_UNAVAILABLE'
  | 'SLUICE_OVERLOADED'
  | 'SLUICE_PERMISSION_MISSING'
  | 'SLUICE_QUOTA_REACHED'
  | 'SLUICE_QUEUE_CLOSED'
  | 'SLUICE_QUEUE_IN_USE'
  | 'SLUICE_QUEUE_MISSING'
  | 'SLUICE_QUEUE_NOT_GRANTED'
  | 'SLUICE_QUEUE_NOT_FOUND'
  | 'SLUICE_QUEUE_PERMANENT'
  | 'SLUICE_QUEUE_UNKNOWN'
  | 'SLUICE_REDIS_UNAVAILABLE'
  | 'SLUICE_REQUEST_INVALID'
  | 'SLUICE_REQUEST_MALFORMED'
  | 'SLUICE_ROUTE_NOT_FOUND'
  | 'SLUICE_SESSION_NOT_FOUND'
  | 'SLUICE_SETTINGS_CHANGED'
  | 'SLUICE_STORAGE_FULL'
  | 'SLUICE_TASK_NOT_FOUND'
  | 'SLUICE_TENANT_NOT_FOUND'
  | 'SLUICE_TASKS_DIFFER'
  | 'SLUICE_TASKS_INVALID'
  | 'SLUICE_TOO_MANY_API_KEYS'
  | 'SLUICE_TOO_MANY_FAILURES'
  | 'SLUICE_TOO_MANY_LIMITS'
  | 'SLUICE_TOO_MANY_QUEUES'
  | 'SLUICE_TOO_MANY_REQUESTS'
  | 'SLUICE_TOO_MANY_STREAMS'
  | 'SLUICE_TOO_MANY_TYPES'
  | 'SLUICE_TWO_CREDENTIALS'
  | 'SLUICE_UNAUTHENTICATED'
  | 'SLUICE_UPLOAD_ABORTED'
