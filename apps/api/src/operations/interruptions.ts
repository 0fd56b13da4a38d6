import {
  BatchParams,
  BatchView,
  InterruptBody,
  InterruptionList,
  ResumeBody,
  RetryTasksBody,
  UpdateBatchBody,
} from '@sluice/contracts'
import { Type } from 'typebox'
import { json, problems } from '../openapi/responses.ts'

const tags = ['batches']

const badRequests = {
  400: 'SLUICE_REQUEST_INVALID, SLUICE_BODY_NOT_JSON',
  404: 'SLUICE_BATCH_NOT_FOUND',
  413: 'SLUICE_BODY_TOO_LARGE',
  415: 'SLUICE_MEDIA_TYPE',
}

/** Change a batch. */
export const updateBatchOperation = {
  operationId: 'updateBatch',
  tags,
  summary: 'Change a batch',
  description:
    'While it runs or is interrupted. Criteria are judged at once; concurrency and priority take effect within half a ' +
    'second, with the next turn of its tickets.',
  params: BatchParams,
  body: UpdateBatchBody,
  response: { 200: json('The batch.', BatchView), ...problems({ ...badRequests, 409: 'SLUICE_BATCH_STATE' }) },
}

/** List interruptions. */
export const listInterruptionsOperation = {
  operationId: 'listInterruptions',
  tags,
  summary: 'List the interruptions of a batch',
  description: 'Why and when it was stopped, the newest first; the last hundred.',
  params: BatchParams,
  response: { 200: json('The interruptions.', InterruptionList), ...problems({ 404: 'SLUICE_BATCH_NOT_FOUND' }) },
}

/** Interrupt a batch. */
export const interruptBatchOperation = {
  operationId: 'interruptBatch',
  tags,
  summary: 'Interrupt a batch',
  description: 'Nothing of it starts any more, on any machine; what runs finishes, or is aborted. It can be resumed.',
  params: BatchParams,
  body: Type.Optional(InterruptBody),
  response: {
    200: json('The batch.', BatchView),
    ...problems({ ...badRequests, 409: 'SLUICE_BATCH_STATE: it is not active' }),
  },
}

/** Resume a batch. */
export const resumeBatchOperation = {
  operationId: 'resumeBatch',
  tags,
  summary: 'Resume a batch',
  description: 'What is unfinished runs, what is finished does not run again. Its criteria count anew.',
  params: BatchParams,
  body: Type.Optional(ResumeBody),
  response: {
    200: json('The batch.', BatchView),
    ...problems({ ...badRequests, 409: 'SLUICE_BATCH_STATE: it is not interrupted' }),
  },
}

/** Retry failed tasks. */
export const retryTasksOperation = {
  operationId: 'retryTasks',
  tags,
  summary: 'Retry failed tasks of a batch',
  description:
    'From their first attempt on: all of them, or those of a failure class, or those named. A completed batch is ' +
    'active again by it. What was recorded of a task stays readable until its next attempt is.',
  params: BatchParams,
  body: Type.Optional(RetryTasksBody),
  response: {
    200: json(
      'The batch, and how many of its tasks get another chance.',
      Type.Object({ retried: Type.Integer({ minimum: 1 }), batch: BatchView }, { title: 'Retried' }),
    ),
    ...problems({ ...badRequests, 409: 'SLUICE_NOTHING_TO_RETRY, SLUICE_BATCH_STATE: it is cancelled' }),
  },
}
