import { ListNamesQuery } from '../schemas/paging.ts'
import { PutQueueBody, QueueList, QueueParams, QueueView } from '../schemas/queue.ts'
import { empty, json } from './content.ts'
import { body, location, operation } from './operation.ts'

/** What can be done with queues. */
export const queueOperations = {
  listQueues: operation({
    id: 'listQueues',
    method: 'GET',
    path: '/v1/queues',
    tag: 'queues',
    summary: 'List queues',
    description: 'Returns queues in alphabetical order. The queue `default` always exists.',
    permission: 'queues:read',
    gate: 'sheddable',
    query: ListNamesQuery,
    answers: { 200: { description: 'A page of queues.', content: json(QueueList) } },
    errors: ['SLUICE_CURSOR_INVALID'],
  }),

  readQueue: operation({
    id: 'readQueue',
    method: 'GET',
    path: '/v1/queues/:name',
    tag: 'queues',
    summary: 'Read a queue',
    description: 'Returns the settings of the queue, the number of batches that use it, and its tickets by state.',
    permission: 'queues:read',
    gate: 'normal',
    params: QueueParams,
    answers: { 200: { description: 'The queue.', content: json(QueueView) } },
    errors: ['SLUICE_QUEUE_NOT_FOUND'],
  }),

  putQueue: operation({
    id: 'putQueue',
    method: 'PUT',
    path: '/v1/queues/:name',
    tag: 'queues',
    summary: 'Create a queue or replace its settings',
    description:
      'Creates the queue, or replaces all its settings: a field that is left out takes its default. `concurrency`, `limit`, ' +
      '`http` and `paused` also apply to running batches: `paused` and a lower `concurrency` at once, `limit` and `http` within ' +
      'milliseconds. A worker issues the tickets that a higher `concurrency` allows. `retry`, `attemptTimeoutMs` and ' +
      '`interruptionCriteria` apply to batches created from then on.',
    permission: 'queues:write',
    gate: 'normal',
    params: QueueParams,
    body: body(json(PutQueueBody)),
    answers: {
      201: { description: 'The new queue.', content: json(QueueView), headers: location('/v1/queues/llm') },
      200: { description: 'The queue with its new settings.', content: json(QueueView) },
    },
    errors: ['SLUICE_LIMIT_UNKNOWN', 'SLUICE_TOO_MANY_QUEUES'],
  }),

  deleteQueue: operation({
    id: 'deleteQueue',
    method: 'DELETE',
    path: '/v1/queues/:name',
    tag: 'queues',
    summary: 'Delete a queue',
    description:
      'Deletes the queue. Fails while a batch uses it: an active or interrupted one, or a cancelled one whose last tasks are ' +
      'being aborted.',
    permission: 'queues:write',
    gate: 'normal',
    params: QueueParams,
    answers: { 204: { description: 'The queue was deleted.', content: empty } },
    errors: ['SLUICE_QUEUE_NOT_FOUND', 'SLUICE_QUEUE_IN_USE', 'SLUICE_QUEUE_PERMANENT'],
  }),
}
