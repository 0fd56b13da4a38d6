import { FleetEvent, WatchEventsQuery } from '../schemas/fleet-event.ts'
import { SystemView } from '../schemas/system.ts'
import { WorkerList } from '../schemas/worker.ts'
import { events, json } from './content.ts'
import { operation } from './operation.ts'

/** What can be seen of the installation as a whole. */
export const fleetOperations = {
  listWorkers: operation({
    id: 'listWorkers',
    method: 'GET',
    path: '/v1/workers',
    tag: 'workers',
    summary: 'List workers',
    description:
      'Returns the workers that are alive, as their last beats described them. An API key that is narrowed to queues, ' +
      'or belongs to a tenant, gets the workers that serve one of its queues.',
    permission: 'workers:read',
    gate: 'sheddable',
    answers: { 200: { description: 'The workers.', content: json(WorkerList) } },
    errors: [],
  }),

  readSystem: operation({
    id: 'readSystem',
    method: 'GET',
    path: '/v1/system',
    tag: 'service',
    summary: 'Read the state of the installation',
    description:
      'Returns the state of the API process that answers, of Redis and of the maintenance, and the numbers of batches, queues, ' +
      'limits and workers.',
    permission: 'system:read',
    gate: 'sheddable',
    answers: { 200: { description: 'The state.', content: json(SystemView) } },
    errors: [],
  }),

  watchEvents: operation({
    id: 'watchEvents',
    method: 'GET',
    path: '/v1/events',
    tag: 'service',
    summary: 'Watch the installation',
    description:
      'Streams the objects of topics as server-sent events. Each event has the whole state of an object, so a client that opens ' +
      'the stream again needs nothing from the last one. A batch that ends is sent once more, and then belongs to `batches` no ' +
      'more. Each topic needs the permission to read its objects, such as `queues:read`. An API key that is narrowed to queues ' +
      'gets only what belongs to its queues.',
    permission: 'batches:read',
    gate: 'normal',
    query: WatchEventsQuery,
    answers: {
      200: {
        description: 'The events.',
        content: events(FleetEvent, {
          snapshot: 'All objects of a topic. Sent once for each topic, before its changes.',
          change:
            'An object is new or has changed. Sent at most twice a second for each object, with its latest state.',
          gone: 'An object was deleted, a worker has ended, or newer batches have taken the place of a batch.',
          tick: 'How the batches go on together. Sent once a second if `batches` is one of the topics.',
        }),
      },
    },
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_TOO_MANY_STREAMS'],
  }),
}
