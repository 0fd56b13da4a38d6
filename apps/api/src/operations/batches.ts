import {
  BatchList,
  BatchListQuery,
  BatchParams,
  BatchView,
  CreateBatchBody,
  CreateBatchHeaders,
  ReportView,
} from '@sluice/contracts'
import { content, empty, json, problems } from '../openapi/responses.ts'

const tags = ['batches']

/** Create a batch. */
export const createBatchOperation = {
  operationId: 'createBatch',
  tags,
  summary: 'Create a batch',
  description:
    'With its tasks, or without them: then append tasks and seal it. The batch is created whole or not at all. ' +
    'Tasks are kept as they are sent, but for the white space between their parts: large numbers keep their digits.',
  headers: CreateBatchHeaders,
  body: CreateBatchBody,
  response: {
    201: json('The new batch; its address is in Location.', BatchView),
    200: json('The batch that the first request with this Idempotency-Key created, as it was then.', BatchView),
    ...problems({
      400: 'SLUICE_REQUEST_INVALID, SLUICE_BODY_NOT_JSON, SLUICE_QUEUE_UNKNOWN, SLUICE_BATCH_TOO_LARGE',
      409: 'SLUICE_CODE_TAKEN (batchId names its batch), SLUICE_IDEMPOTENCY_KEY_REUSED, SLUICE_IDEMPOTENCY_IN_PROGRESS',
      413: 'SLUICE_BODY_TOO_LARGE',
      415: 'SLUICE_MEDIA_TYPE',
      507: 'SLUICE_STORAGE_FULL',
    }),
  },
}

/** List batches. */
export const listBatchesOperation = {
  operationId: 'listBatches',
  tags,
  summary: 'List batches',
  description: 'Newest first. A page may hold fewer rows than asked for; only a null nextCursor ends the list.',
  querystring: BatchListQuery,
  response: {
    200: json('A page of batches.', BatchList),
    ...problems({ 400: 'SLUICE_REQUEST_INVALID, SLUICE_CURSOR_INVALID' }),
  },
}

/** Read a batch. */
export const readBatchOperation = {
  operationId: 'readBatch',
  tags,
  summary: 'Read a batch',
  description: 'Its settings, how many of its tasks are in which state, and how fast it gets on.',
  params: BatchParams,
  response: { 200: json('The batch.', BatchView), ...problems({ 404: 'SLUICE_BATCH_NOT_FOUND' }) },
}

/** Read the report of a batch. */
export const readReportOperation = {
  operationId: 'readReport',
  tags,
  summary: 'Read the report of a batch',
  description: 'Durations, throughput, errors by kind and tasks that hang, while it runs or after.',
  params: BatchParams,
  response: { 200: json('The report.', ReportView), ...problems({ 404: 'SLUICE_BATCH_NOT_FOUND' }) },
}

/** Watch a batch. */
export const watchBatchOperation = {
  operationId: 'watchBatch',
  tags,
  summary: 'Watch a batch',
  description:
    'Server-sent events whose data is the batch: `snapshot` at once, `change` whenever something has changed (at most ' +
    'twice a second), `end` when the batch has ended. Close the stream then: an EventSource would open it again. ' +
    'A stream that ends without `end` was cut short: open it again.',
  params: BatchParams,
  response: {
    200: content('Events: snapshot, change, end.', 'text/event-stream', BatchView),
    ...problems({ 404: 'SLUICE_BATCH_NOT_FOUND' }),
  },
}

/** Seal a batch. */
export const sealBatchOperation = {
  operationId: 'sealBatch',
  tags,
  summary: 'Seal a batch',
  description: 'No more tasks will come: the batch completes when its last task has ended. Harmless to repeat.',
  params: BatchParams,
  response: {
    200: json('The batch.', BatchView),
    ...problems({ 404: 'SLUICE_BATCH_NOT_FOUND', 409: 'SLUICE_BATCH_STATE' }),
  },
}

/** Cancel a batch. */
export const cancelBatchOperation = {
  operationId: 'cancelBatch',
  tags,
  summary: 'Cancel a batch',
  description: 'For good: what has not run is cancelled, what runs now is aborted. Harmless to repeat.',
  params: BatchParams,
  response: {
    200: json('The batch.', BatchView),
    ...problems({ 404: 'SLUICE_BATCH_NOT_FOUND', 409: 'SLUICE_BATCH_STATE' }),
  },
}

/** Delete a batch. */
export const deleteBatchOperation = {
  operationId: 'deleteBatch',
  tags,
  summary: 'Delete a batch',
  description: 'With its tasks and results. It must be completed or cancelled.',
  params: BatchParams,
  response: {
    204: empty('It is gone.'),
    ...problems({ 404: 'SLUICE_BATCH_NOT_FOUND', 409: 'SLUICE_BATCH_STATE' }),
  },
}
