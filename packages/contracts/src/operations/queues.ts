import { ListNamesQuery } from '../schemas/paging.ts'
import { ChangeQueueBody, PutQueueBody, QueueList, QueueParams, QueueView } from '../schemas/queue.ts'
import { IfMatchHeaders } from '../schemas/versions.ts'
import { empty, json } from './content.ts'
import { body, etag, location, operation } from './operation.ts'

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
    answers: { 200: { description: 'The queue.', content: json(QueueView), headers: etag } },
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
      '`interruptionCriteria` apply to batches created from then on. A name in `http.secrets` that the queue does not have yet ' +
      'needs the permission `secrets:grant`.',
    permission: 'queues:write',
    bodyPermissions: ['secrets:grant'],
    gate: 'normal',
    params: QueueParams,
    headers: IfMatchHeaders,
    body: body(json(PutQueueBody)),
    answers: {
      201: {
        description: 'The new queue.',
        content: json(QueueView),
        headers: { ...location('/v1/queues/llm'), ...etag },
      },
      200: { description: 'The queue with its new settings.', content: json(QueueView), headers: etag },
    },
    errors: ['SLUICE_LIMIT_UNKNOWN', 'SLUICE_TOO_MANY_QUEUES', 'SLUICE_SETTINGS_CHANGED'],
  }),

  changeQueue: operation({
    id: 'changeQueue',
    method: 'PATCH',
    path: '/v1/queues/:name',
    tag: 'queues',
    summary: 'Change settings of a queue',
    description:
      'Changes the settings that the body names, and keeps all others. Null resets a setting to its default. `retry`, `http` and ' +
      '`interruptionCriteria` change member by member; lists and `http.headers` are replaced as a whole. Settings apply, and secrets are granted, as with PUT.',
    permission: 'queues:write',
    bodyPermissions: ['secrets:grant'],
    gate: 'normal',
    params: QueueParams,
    headers: IfMatchHeaders,
    body: body(json(ChangeQueueBody)),
    answers: { 200: { description: 'The queue with its new settings.', content: json(QueueView), headers: etag } },
    errors: ['SLUICE_QUEUE_NOT_FOUND', 'SLUICE_LIMIT_UNKNOWN', 'SLUICE_SETTINGS_CHANGED'],
  }),

  pauseQueue: operation({
    id: 'pauseQueue',
    method: 'POST',
    path: '/v1/queues/:name/pause',
    tag: 'queues',
    summary: 'Pause a queue',
    description:
      'Stops starting tasks of the queue, at once. Running tasks continue. All other settings stay. Safe to repeat.',
    permission: 'queues:write',
    gate: 'critical',
    params: QueueParams,
    answers: { 200: { description: 'The paused queue.', content: json(QueueView), headers: etag } },
    errors: ['SLUICE_QUEUE_NOT_FOUND'],
  }),

  resumeQueue: operation({
    id: 'resumeQueue',
    method: 'POST',
    path: '/v1/queues/:name/resume',
    tag: 'queues',
    summary: 'Resume a queue',
    description: 'Starts tasks of the queue again. All other settings stay. Safe to repeat.',
    permission: 'queues:write',
    gate: 'critical',
    params: QueueParams,
    answers: { 200: { description: 'The resumed queue.', content: json(QueueView), headers: etag } },
    errors: ['SLUICE_QUEUE_NOT_FOUND'],
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
