export { changeApiKey, deleteApiKey, type ApiKeyChange } from './api-key/change-api-key.ts'
export { addFirstApiKey, createApiKey, type CreatedApiKey } from './api-key/create-api-key.ts'
export { findApiKey, isUseDue, noteApiKeyUse, readApiKey, type FoundApiKey } from './api-key/find-api-key.ts'
export { listApiKeys, type ApiKeyPage } from './api-key/list-api-keys.ts'
export { shareRequestCounts, type SharedRequestCounts } from './api-key/share-request-counts.ts'
export { rerollApiKey } from './api-key/reroll-api-key.ts'
export { API_ROLES, grantsQueue, type ApiKey, type ApiKeySettings, type ApiRole } from './model/api-key.ts'
export {
  hideApiKeys,
  isSecretOf,
  newApiKeyText,
  readApiKeyText,
  showsApiKey,
  writeApiKey,
  type ApiKeyText,
} from './model/api-key-text.ts'
export { createSession, type CreatedSession } from './session/create-session.ts'
export { endSession } from './session/end-session.ts'
export { findSession, isProlongationDue, prolongSession, type FoundSession } from './session/find-session.ts'
export { listSessions, type SessionPage } from './session/list-sessions.ts'
export {
  OWNER_LENGTH,
  personIdOf,
  readSessionText,
  SESSION_MAX_AGE_MS,
  type Session,
  type SessionOwner,
  type SessionText,
} from './model/session.ts'
export { exportAudit } from './audit/export-audit.ts'
export { listAudit, type AuditFilter, type AuditPage } from './audit/list-audit.ts'
export { writeAudit } from './audit/write-audit.ts'
export {
  AUDIT_ACTORS,
  AUDIT_RESULTS,
  type AuditEntry,
  type AuditPart,
  type AuditRecord,
  type AuditResult,
} from './model/audit.ts'
export { appendTasks, type AppendOptions, type AppendResult } from './batch/append-tasks.ts'
export { BATCH_STATES, type Batch, type BatchState, type BatchSubmission, type Idempotency } from './model/batch.ts'
export { cancelBulk } from './bulk/cancel-bulk.ts'
export { chooseBatches, type ChosenBatches } from './bulk/choose-batches.ts'
export { listBulk, reachesBulk, readBulk } from './bulk/read-bulk.ts'
export { startBulk } from './bulk/start-bulk.ts'
export {
  BULK_ACTIONS,
  BULK_STATES,
  type BulkAction,
  type BulkFilter,
  type BulkOperation,
  type BulkRequest,
} from './model/bulk.ts'
export { cancelBatch } from './batch/cancel-batch.ts'
export { chunkTasks, MAX_CHUNK_BYTES, MAX_CHUNK_TASKS } from './batch/chunk-tasks.ts'
export { createBatch, type Creation } from './batch/create-batch.ts'
export { deleteBatch } from './batch/delete-batch.ts'
export type { CriteriaUpdate, CriterionName, InterruptionCriteria } from './model/criteria.ts'
export type { Headroom } from './model/headroom.ts'
export { interruptBatch, type InterruptOptions } from './batch/interrupt-batch.ts'
export type { Interruption } from './model/interruption.ts'
export { listBatches, type BatchFilter, type BatchPage } from './batch/list-batches.ts'
export { type FoundTask, searchTasks, type TaskSearch } from './batch/search-tasks.ts'
export { findBatchWithCode } from './batch/codes.ts'
export { findOwnerOfBatch, readBatch, resolveBatchId, type BatchOwner } from './batch/read-batch.ts'
export { readInterruptions } from './batch/read-interruptions.ts'
export { readSeries } from './batch/read-series.ts'
export { readReport } from './batch/read-report.ts'
export type { Mark, MarkKind, Sample, Series } from './model/series.ts'
export { transitionLabels, type BatchTransition, type TransitionName } from './model/transition.ts'
export { MAX_NESTING, nestsTooDeep } from './model/nesting.ts'
export { withoutSpace } from './model/without-space.ts'
export { failureGroup, type FailureGroup } from './model/failure-group.ts'
export type { BatchReport, ErrorGroup, LatestFailure, Percentiles, StuckTask } from './model/report.ts'
export { resumeBatch } from './batch/resume-batch.ts'
export { countRetries, retryTasks } from './batch/retry-tasks.ts'
export type { FailedFilter } from './task/find-failed.ts'
export { sealBatch } from './batch/seal-batch.ts'
export { updateBatch, type BatchUpdate } from './batch/update-batch.ts'
export { watchBatch } from './watch/watch-batch.ts'
export { watchTopic, type TopicEvent } from './watch/watch-topic.ts'
export type { Tick, Topic, TopicObject, TopicObjects } from './watch/topic-look.ts'
export { connectRedis, refusedDatabase, type ConnectOptions, type RedisConnection } from './connect-redis.ts'
export { cancelDetection } from './detection/cancel-detection.ts'
export { createDetection } from './detection/create-detection.ts'
export {
  DETECTION_STATES,
  type Detection,
  type DetectionBudgets,
  type DetectionCall,
  type DetectionFault,
  type DetectionRequest,
  type DetectionState,
} from './model/detection.ts'
export { listDetections, readDetection } from './detection/read-detection.ts'
export {
  serveDetections,
  type DetectionOutcome,
  type DetectionRun,
  type ServeDetectionsOptions,
} from './detection/serve-detections.ts'
export {
  closeEngine,
  createEngine,
  DEFAULT_QUOTAS,
  type Engine,
  type EngineQuotas,
  type EngineOptions,
} from './engine.ts'
export * from './errors.ts'
export type { Recovery } from './heartbeat/beat.ts'
export { listWorkers } from './heartbeat/list-workers.ts'
export { startHeartbeat, type Heartbeat, type HeartbeatOptions } from './heartbeat/start-heartbeat.ts'
export { checkHealth, checkRedisSettings, engineCounts, type EngineCounts, type Health } from './health.ts'
export { readSystem, type RedisNode, type SystemStatus } from './system.ts'
export type { WorkerLoad, WorkerStatus } from './model/worker-status.ts'
export { isReported } from './bullmq/is-reported.ts'
export { deleteLimit } from './limit/delete-limit.ts'
export {
  DEFAULT_LIMIT_SETTINGS,
  REQUESTS,
  type Limit,
  type LimitRule,
  type LimitRuleUse,
  type LimitSettings,
  type LimitChange,
  type LimitUpdate,
  type LimitWait,
} from './model/limit.ts'
export { acquirePermits, endProbe, extendPermits, pauseLimit, settlePermits } from './limit/permits.ts'
export { changeLimit, putLimit } from './limit/put-limit.ts'
export { listLimits, reachesLimit, readLimit, type LimitPage } from './limit/read-limit.ts'
export { deleteQueue } from './queue/delete-queue.ts'
export { changeQueue, putQueue } from './queue/put-queue.ts'
export {
  DEFAULT_QUEUE,
  DEFAULT_QUEUE_SETTINGS,
  type Queue,
  type QueueHttp,
  type QueueSettings,
  type QueueChange,
  type QueueUpdate,
} from './model/queue.ts'
export {
  findQueue,
  findQueueSettings,
  findQueuesWithin,
  listQueueNames,
  mayUseQueue,
} from './settings/queue-settings.ts'
export { isOfferKnown, issueWithheldTickets } from './queue/issue-withheld-tickets.ts'
export { listQueuesInUse } from './queue/list-queues-in-use.ts'
export { listQueues, readQueue, type QueuePage } from './queue/read-queue.ts'
export type { ChangeCondition } from './settings/registered.ts'
export type { NamePageRequest } from './settings/page-of-names.ts'
export { reconcile, type ReconcileOptions } from './maintenance/reconcile.ts'
export type { ReconcileCounts } from './maintenance/repairs.ts'
export { BATCH_OUTCOMES, type BatchOutcome } from './model/outcome.ts'
export type { Offer } from './model/offer.ts'
export {
  TENANT_QUOTAS,
  type Tenant,
  type TenantQuotaName,
  type TenantQuotas,
  type TenantUsage,
} from './model/tenant.ts'
export { putTenantQuotas } from './tenant/tenant-quotas.ts'
export { listTenants, readTenant, type TenantPage } from './tenant/read-tenant.ts'
export { admits, DEFAULT_TENANT, EVERYTHING, type Reach, reaches } from './model/reach.ts'
export type { RetryPolicy } from './model/retry-policy.ts'
export type { TaskCounts } from './model/task-counts.ts'
export { startMaintenance, type MaintenanceOptions } from './maintenance/start-maintenance.ts'
export type { PermitAnswer, PermitReply, PermitRequest } from './scripts/acquire-permits.ts'
export type { EndedProbe, ProbeResult } from './scripts/end-probe.ts'
export type { Weights } from './model/weights.ts'
export type { LimitPause } from './scripts/pause-limit.ts'
export type { PermitCorrection, PermitSettlement } from './scripts/settle-permits.ts'
export type {
  CompletedOutcome,
  FailedOutcome,
  LeasedTask,
  Outcome,
  PaceChange,
  Turn,
  TurnReply,
} from './scripts/take-turns.ts'
export { scriptCalls } from './scripts/define-script.ts'
export { receiveSignals, sendSignal, type Signal } from './signals.ts'
export { listTasks, type TaskFilter, type TaskPage } from './task/list-tasks.ts'
export { readResults } from './task/read-results.ts'
export { readTask } from './task/read-task.ts'
export type { UpstreamWait } from './model/upstream-wait.ts'
export type { Waiting } from './model/waiting.ts'
export { TASK_STATES, type Task, type TaskError, type TaskResult, type TaskState } from './model/task.ts'
export { mapYielding, Yielder } from './yielder.ts'
export { issueTickets } from './ticket/issue-tickets.ts'
export { readRunSettings, type RunSettings } from './batch/read-run-settings.ts'
export {
  serveTickets,
  type TicketService,
  type RunEnd,
  type TicketRun,
  type ServeTicketsOptions,
} from './turn/serve-tickets.ts'
export { announceIdleWorker, readSlotDemand, type AnnouncedWorker, type SlotDemand } from './turn/slot-demand.ts'
export type { StartMark } from './scripts/mark-started.ts'
export { hasTasksFor } from './turn/has-tasks-for.ts'
export { markStarted } from './turn/mark-started.ts'
export { takeTurns, type TakenTurns, type TurnCall } from './turn/take-turns.ts'
