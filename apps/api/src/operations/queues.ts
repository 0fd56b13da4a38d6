import { QueueBody, QueueList, QueueParams, QueueView } from '@sluice/contracts'
import { empty, json, problems } from '../openapi/responses.ts'

const tags = ['queues']

/** List queues. */
export const listQueuesOperation = {
  operationId: 'listQueues',
  tags,
  summary: 'List queues',
  description: 'All of them, in alphabetical order. The queue "default" always exists.',
  response: { 200: json('All queues.', QueueList), ...problems({}) },
}

/** Read a queue. */
export const readQueueOperation = {
  operationId: 'readQueue',
  tags,
  summary: 'Read a queue',
  description: 'Its settings and what is going on in it.',
  params: QueueParams,
  response: {
    200: json('The queue.', QueueView),
    ...problems({ 400: 'SLUICE_REQUEST_INVALID', 404: 'SLUICE_QUEUE_NOT_FOUND' }),
  },
}

/** Create a queue or replace its settings. */
export const putQueueOperation = {
  operationId: 'putQueue',
  tags,
  summary: 'Create a queue or replace its settings',
  description:
    'What is left out takes its default. Concurrency, limit, http and paused apply at once, also to batches that run; ' +
    'retry and attemptTimeoutMs are for batches created from now on.',
  params: QueueParams,
  body: QueueBody,
  response: {
    201: json('The new queue; its address is in Location.', QueueView),
    200: json('The queue with its new settings.', QueueView),
    ...problems({
      400: 'SLUICE_REQUEST_INVALID, SLUICE_BODY_NOT_JSON, SLUICE_LIMIT_UNKNOWN',
      413: 'SLUICE_BODY_TOO_LARGE',
      415: 'SLUICE_MEDIA_TYPE',
    }),
  },
}

/** Delete a queue. */
export const deleteQueueOperation = {
  operationId: 'deleteQueue',
  tags,
  summary: 'Delete a queue',
  description: 'No batch that is not finished may need it.',
  params: QueueParams,
  response: {
    204: empty('It is gone.'),
    ...problems({
      400: 'SLUICE_REQUEST_INVALID',
      404: 'SLUICE_QUEUE_NOT_FOUND',
      409: 'SLUICE_QUEUE_IN_USE, SLUICE_QUEUE_PERMANENT',
    }),
  },
}
