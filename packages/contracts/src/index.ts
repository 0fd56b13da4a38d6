export { type ErrorCode, errorCodes, type ErrorMeaning } from './error-codes.ts'
export {
  type Content,
  type Csv,
  type Empty,
  type Events,
  type Json,
  mediaTypes,
  MERGE_PATCH_MEDIA_TYPE,
  type Ndjson,
  PROBLEM_MEDIA_TYPE,
  type Text,
} from './operations/content.ts'
export { errorsOf } from './operations/errors-of.ts'
export { type OperationId, operations } from './operations/index.ts'
export {
  type Answer,
  type BodyOf,
  changesSomething,
  type ContentOf,
  type GateClass,
  type HeadersOf,
  mediaTypesOf,
  type Operation,
  type ParamsOf,
  type QueryOf,
  type RequestBody,
  type Tag,
  tags,
} from './operations/operation.ts'
export { type Confinement, type Permission, permissions, permissionsOf, type Role, roles } from './permissions.ts'
export {
  ApiKeyList,
  ApiKeyParams,
  ApiKeyView,
  ApiRole,
  ChangeApiKeyBody,
  CreateApiKeyBody,
  DEFAULT_API_KEYS_PER_PAGE,
  DEFAULT_GRACE_MS,
  ListApiKeysQuery,
  NewApiKeyView,
  RerollApiKeyBody,
  SessionView,
} from './schemas/api-key.ts'
export {
  AuditEntryView,
  AuditList,
  DEFAULT_AUDIT_ENTRIES_PER_PAGE,
  ExportAuditQuery,
  ListAuditQuery,
  reasonHeader,
} from './schemas/audit.ts'
export { AppendTasksBody, AppendTasksQuery, AppendTasksView } from './schemas/append-tasks.ts'
export { BatchOutcome, BatchParams, BatchState, BatchView } from './schemas/batch.ts'
export {
  CreateBatchBody,
  CreateBatchHeaders,
  CreateBatchQuery,
  MAX_METADATA_BYTES,
  MAX_START_DAYS,
} from './schemas/create-batch.ts'
export { BulkAction, BulkList, BulkParams, BulkView, StartBulkBody } from './schemas/bulk.ts'
export { CreateDetectionBody, DetectionBudgets } from './schemas/create-detection.ts'
export { CriteriaBody, CriteriaView, HeadroomView } from './schemas/criteria.ts'
export {
  DetectionList,
  DetectionParams,
  DetectionResultView,
  DetectionState,
  DetectionView,
} from './schemas/detection.ts'
export { FleetEvent, WatchEventsQuery } from './schemas/fleet-event.ts'
export { HttpPayload } from './schemas/http-payload.ts'
export { HealthView } from './schemas/health.ts'
export {
  CancelBatchBody,
  InterruptBatchBody,
  InterruptionList,
  InterruptionView,
  ResumeBatchBody,
} from './schemas/interruption.ts'
export {
  ChangeLimitBody,
  LimitList,
  LimitName,
  LimitParams,
  LimitView,
  LimitWaitView,
  PutLimitBody,
} from './schemas/limit.ts'
export { BatchList, DEFAULT_BATCHES_PER_PAGE, ListBatchesQuery } from './schemas/list-batches.ts'
export {
  DEFAULT_TASKS_PER_PAGE,
  FoundTaskList,
  ListTasksQuery,
  ReadResultsQuery,
  SearchTasksQuery,
  TaskList,
  TaskParams,
} from './schemas/list-tasks.ts'
export { DEFAULT_NAMES_PER_PAGE, ListNamesQuery } from './schemas/paging.ts'
export { patternMeanings, patterns } from './schemas/patterns.ts'
export { LineErrorView, Problem, RequestErrorView } from './schemas/problem.ts'
export {
  ChangeQueueBody,
  PutQueueBody,
  QueueHttp,
  QueueList,
  QueueName,
  QueueParams,
  QueueView,
} from './schemas/queue.ts'
export {
  BrowserSessionView,
  DEFAULT_SESSIONS_PER_PAGE,
  FinishSignInQuery,
  ListSessionsQuery,
  SessionList,
  SessionParams,
  SignInBody,
  StartSignInQuery,
} from './schemas/session.ts'
export { ReadReportQuery, ReportView } from './schemas/report.ts'
export { RetryPolicyBody, RetryPolicyView } from './schemas/retry-policy.ts'
export { RetryTasksBody, RetryTasksView } from './schemas/retry-tasks.ts'
export { MarkView, SampleView, SeriesView } from './schemas/series.ts'
export { BatchStatesView, SystemView } from './schemas/system.ts'
export { PutTenantBody, TenantList, TenantView } from './schemas/tenant.ts'
export { TaskCountsView } from './schemas/task-counts.ts'
export { TaskLine } from './schemas/task-line.ts'
export { resultColumns } from './schemas/result-columns.ts'
export { FailureClass, FoundTaskView, TaskErrorView, TaskResultView, TaskState, TaskView } from './schemas/task.ts'
export { UpdateBatchBody } from './schemas/update-batch.ts'
export { UpstreamWaitView } from './schemas/upstream-wait.ts'
export { IfMatchHeaders, SettingsVersion } from './schemas/versions.ts'
export { WaitingKind, WaitingView } from './schemas/waiting.ts'
export { VersionView } from './schemas/version.ts'
export { WorkerList, WorkerView } from './schemas/worker.ts'
