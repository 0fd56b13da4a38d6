export { AppendTasksBody, AppendTasksQuery, AppendTasksResult } from './append-tasks.ts'
export { BatchList, BatchState, BatchView } from './batch.ts'
export { CreateBatchBody, CreateBatchHeaders, MAX_METADATA_BYTES } from './create-batch.ts'
export { CriteriaBody, CriteriaView, HeadroomView } from './criteria.ts'
export {
  DetectionBody,
  DetectionBudgets,
  DetectionList,
  DetectionParams,
  DetectionResultView,
  DetectionState,
  DetectionView,
} from './detection.ts'
export { HealthView } from './health.ts'
export { InterruptBody, InterruptionList, InterruptionView, ResumeBody, RetryTasksBody } from './interruption.ts'
export { LimitBody, LimitList, LimitName, LimitParams, LimitView, LimitWaitView } from './limit.ts'
export { LineErrorView, Problem, RequestErrorView } from './problem.ts'
export { QueueName } from './queue-name.ts'
export { QueueBody, QueueHttp, QueueList, QueueView } from './queue.ts'
export { ReportView } from './report.ts'
export {
  BatchListQuery,
  BatchParams,
  DEFAULT_BATCHES_PER_PAGE,
  DEFAULT_TASKS_PER_PAGE,
  QueueParams,
  ResultsQuery,
  TaskListQuery,
  TaskParams,
} from './requests.ts'
export { RetryBody, RetryView } from './retry.ts'
export { TaskCountsView } from './task-counts.ts'
export { TaskLine } from './task-line.ts'
export { FailureClass, TaskErrorView, TaskList, TaskResultView, TaskState, TaskView } from './task.ts'
export { UpdateBatchBody } from './update-batch.ts'
