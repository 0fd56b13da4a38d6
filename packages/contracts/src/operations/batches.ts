import { BatchParams, BatchView } from '../schemas/batch.ts'
import { CreateBatchBody, CreateBatchHeaders, CreateBatchQuery } from '../schemas/create-batch.ts'
import { TaskLine } from '../schemas/task-line.ts'
import { BatchList, ListBatchesQuery } from '../schemas/list-batches.ts'
import { CancelBatchBody } from '../schemas/interruption.ts'
import { ReadReportQuery, ReportView } from '../schemas/report.ts'
import { SeriesView } from '../schemas/series.ts'
import { UpdateBatchBody } from '../schemas/update-batch.ts'
import { empty, events, json, ndjson } from './content.ts'
import { body, location, operation, optionalBody } from './operation.ts'

/** The answer of operations that change or read one batch. */
export const oneBatch = { 200: { description: 'The batch.', content: json(BatchView) } }

/** What can be done with batches. */
export const batchOperations = {
  createBatch: operation({
    id: 'createBatch',
    method: 'POST',
    path: '/v1/batches',
    tag: 'batches',
    summary: 'Create a batch',
    description:
      'Creates a batch, completely or not at all. A JSON body has the settings, and may have tasks; without tasks, append ' +
      'them and then seal the batch. An NDJSON body of any length has all tasks, one per line, and the query the settings ' +
      '(criteria, retry policy and metadata are those of the queue). None of its tasks starts before all have arrived. The text of a task is stored as sent, except for white space between its parts, so large ' +
      'numbers keep all their digits.',
    permission: 'batches:write',
    gate: 'normal',
    query: CreateBatchQuery,
    headers: CreateBatchHeaders,
    body: body(json(CreateBatchBody), ndjson(TaskLine)),
    answers: {
      201: {
        description: 'The new batch.',
        content: json(BatchView),
        headers: location('/v1/batches/0mwqw2ysoy2lyb3l2x9x'),
      },
      200: {
        description: 'The batch that the first request with this `Idempotency-Key` created, as it was then.',
        content: json(BatchView),
        headers: location('/v1/batches/0mwqw2ysoy2lyb3l2x9x'),
      },
    },
    errors: [
      'SLUICE_QUEUE_UNKNOWN',
      'SLUICE_TASKS_INVALID',
      'SLUICE_BODY_DAMAGED',
      'SLUICE_BODY_EXPANDS',
      'SLUICE_BATCH_TOO_LARGE',
      'SLUICE_QUOTA_REACHED',
      'SLUICE_TOO_MANY_TYPES',
      'SLUICE_CODE_TAKEN',
      'SLUICE_IDEMPOTENCY_KEY_REUSED',
      'SLUICE_IDEMPOTENCY_IN_PROGRESS',
    ],
  }),

  listBatches: operation({
    id: 'listBatches',
    method: 'GET',
    path: '/v1/batches',
    tag: 'batches',
    summary: 'List batches',
    description:
      'Returns a page of batches, newest first. A page examines up to 2,000 batches, so it may have fewer rows than ' +
      '`pageSize`, or none, if a filter matches few; only a null `nextCursor` ends the list.',
    permission: 'batches:read',
    gate: 'sheddable',
    query: ListBatchesQuery,
    answers: { 200: { description: 'A page of batches.', content: json(BatchList) } },
    errors: ['SLUICE_CURSOR_INVALID'],
  }),

  readBatch: operation({
    id: 'readBatch',
    method: 'GET',
    path: '/v1/batches/:id',
    tag: 'batches',
    summary: 'Read a batch',
    description: 'Returns the settings of the batch, its task counts by state, and its throughput.',
    permission: 'batches:read',
    gate: 'normal',
    params: BatchParams,
    answers: oneBatch,
    errors: ['SLUICE_BATCH_NOT_FOUND'],
  }),

  updateBatch: operation({
    id: 'updateBatch',
    method: 'PATCH',
    path: '/v1/batches/:id',
    tag: 'batches',
    summary: 'Update a batch',
    description:
      'Changes the settings of an active or interrupted batch. Criteria are judged at once. A higher concurrency takes ' +
      'effect at once, and a lower one as running tasks end. A priority applies to tickets that are issued from then on, ' +
      'for example after a resumption. A new retry policy and time limit apply to attempts that start from then on. ' +
      '`retry` and `interruptionCriteria` change member by member; every other member replaces what it names.',
    permission: 'batches:control',
    gate: 'normal',
    params: BatchParams,
    body: body(json(UpdateBatchBody)),
    answers: oneBatch,
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_BATCH_STATE', 'SLUICE_BATCH_STARTED'],
    remarks: { SLUICE_BATCH_STATE: 'The batch is completed or cancelled.' },
  }),

  deleteBatch: operation({
    id: 'deleteBatch',
    method: 'DELETE',
    path: '/v1/batches/:id',
    tag: 'batches',
    summary: 'Delete a batch',
    description: 'Deletes a completed or cancelled batch with its tasks and results. Its code becomes free.',
    permission: 'batches:delete',
    gate: 'normal',
    params: BatchParams,
    answers: { 204: { description: 'The batch was deleted.', content: empty } },
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_BATCH_STATE'],
    remarks: { SLUICE_BATCH_STATE: 'The batch is active or interrupted.' },
  }),

  sealBatch: operation({
    id: 'sealBatch',
    method: 'POST',
    path: '/v1/batches/:id/seal',
    tag: 'batches',
    summary: 'Seal a batch',
    description:
      'Closes the batch to further tasks, so that it completes when its last task ends. Repeating the request has no effect.',
    permission: 'batches:write',
    gate: 'normal',
    params: BatchParams,
    answers: oneBatch,
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_BATCH_STATE'],
    remarks: { SLUICE_BATCH_STATE: 'The batch is cancelled.' },
  }),

  cancelBatch: operation({
    id: 'cancelBatch',
    method: 'POST',
    path: '/v1/batches/:id/cancel',
    tag: 'batches',
    summary: 'Cancel a batch',
    description:
      'Stops an active or interrupted batch for good. Waiting tasks are cancelled. Running attempts are aborted, or finish ' +
      'and are recorded if `abort` is false. Repeating the request has no effect.',
    permission: 'batches:write',
    gate: 'critical',
    params: BatchParams,
    body: optionalBody(json(CancelBatchBody)),
    answers: oneBatch,
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_BATCH_STATE'],
    remarks: { SLUICE_BATCH_STATE: 'The batch is completed.' },
  }),

  readReport: operation({
    id: 'readReport',
    method: 'GET',
    path: '/v1/batches/:id/report',
    tag: 'batches',
    summary: 'Read the report of a batch',
    description:
      'Returns durations, throughput, retries, errors in groups, the latest failures, and stuck tasks. The report is available while the batch runs and ' +
      'after it has ended.',
    permission: 'batches:read',
    gate: 'normal',
    params: BatchParams,
    query: ReadReportQuery,
    answers: { 200: { description: 'The report.', content: json(ReportView) } },
    errors: ['SLUICE_BATCH_NOT_FOUND'],
  }),

  readSeries: operation({
    id: 'readSeries',
    method: 'GET',
    path: '/v1/batches/:id/series',
    tag: 'batches',
    summary: 'Read the series of a batch',
    description:
      'Returns how the batch went on over time: a sample for each period of ten seconds in which something was recorded. Up ' +
      'to 720 samples are kept. When there are more, periods become twice as long, and the samples of a period become one.',
    permission: 'batches:read',
    gate: 'normal',
    params: BatchParams,
    answers: { 200: { description: 'The series.', content: json(SeriesView) } },
    errors: ['SLUICE_BATCH_NOT_FOUND'],
  }),

  watchBatch: operation({
    id: 'watchBatch',
    method: 'GET',
    path: '/v1/batches/:id/events',
    tag: 'batches',
    summary: 'Watch a batch',
    description:
      'Streams the batch as server-sent events. Close the stream after `end`, because an `EventSource` would open it again. ' +
      'A stream that ends without `end` was cut short: open it again.',
    permission: 'batches:read',
    gate: 'normal',
    params: BatchParams,
    answers: {
      200: {
        description: 'The events. The data of each is the batch.',
        content: events(BatchView, {
          snapshot: 'The current batch, sent at once.',
          change: 'The batch has changed. Sent at most twice a second.',
          end: 'The batch is completed or cancelled.',
        }),
      },
    },
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_TOO_MANY_STREAMS'],
  }),
}
