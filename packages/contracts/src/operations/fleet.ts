import { SystemView } from '../schemas/system.ts'
import { WorkerList } from '../schemas/worker.ts'
import { json } from './content.ts'
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
}
