import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

/** Batches by state. */
export const BatchStatesView = Type.Object(
  {
    active: count('Active batches.'),
    interrupted: count('Interrupted batches.'),
    completed: count('Completed batches that are kept.'),
    cancelled: count('Cancelled batches that are kept.'),
  },
  { title: 'BatchStates', description: 'Number of batches by state.', additionalProperties: false },
)
export type BatchStatesView = Static<typeof BatchStatesView>

const GateView = Type.Object(
  {
    state: Type.Enum(['open', 'buffering', 'shedding', 'closing', 'off'], {
      description:
        '`open`: requests pass. `buffering`: requests are held. `shedding`: requests were refused within the last second. ' +
        '`closing`: the process stops. `off`: the gate is switched off.',
    }),
    held: count('Requests that are held.'),
    sheddingForMs: Type.Number({
      minimum: 0,
      description: 'For how long requests have been refused, in ms. 0: none is.',
    }),
  },
  { title: 'GateStatus', description: 'The overload gate of the process that answers.', additionalProperties: false },
)

const ApiProcessView = Type.Object(
  {
    version: Type.String({ description: 'The version of Sluice.', examples: ['0.1.0'] }),
    node: Type.String({ description: 'The version of Node.js.', examples: ['24.1.0'] }),
    startedAt: instant('When the process started.'),
    clockAheadMs: Type.Integer({
      description: "How far the clock of the process is ahead of Redis's, in ms. Negative: behind.",
    }),
    gate: GateView,
    eventStreams: count('Open event streams.'),
  },
  { title: 'ApiProcess', description: 'The API process that answers. Others may differ.', additionalProperties: false },
)

const RedisNodeView = Type.Object(
  {
    version: Type.String({ description: 'The version of the server.', examples: ['8.0.2'] }),
    server: Type.Enum(['redis', 'valkey'], { description: 'Which server it is.' }),
    role: Type.String({ description: 'The role in replication.', examples: ['master'] }),
    usedBytes: count('Memory in use, in bytes.'),
    maxBytes: nullable(
      Type.Integer({ minimum: 1, description: '`maxmemory`, in bytes. Null: the server has no bound.' }),
    ),
    evictionPolicy: Type.String({
      description: '`maxmemory-policy`. Any other than `noeviction` may lose tasks.',
      examples: ['noeviction'],
    }),
    connectedClients: count('Open connections.'),
    uptimeMs: Type.Integer({ minimum: 0, description: 'For how long the server has run, in ms.' }),
  },
  { title: 'RedisNode', additionalProperties: false },
)

const RedisView = Type.Object(
  {
    isCluster: Type.Boolean({ description: 'Whether it is a Redis Cluster.' }),
    nodes: Type.Array(RedisNodeView, { description: 'The server; of a cluster, each of its masters.' }),
  },
  { title: 'RedisStatus', description: 'What Redis says about itself.', additionalProperties: false },
)

/** The state of the installation. */
export const SystemView = Type.Object(
  {
    process: ApiProcessView,
    redis: RedisView,
    batches: BatchStatesView,
    queues: count('Queues, including `default`.'),
    limits: count('Limits.'),
    workers: count('Workers that are alive.'),
    maintenanceAgeMs: nullable(
      Type.Integer({
        minimum: 0,
        description:
          'Time since the last pass of the reconciler, in ms. It makes one every 15 seconds. Null: none within a day.',
      }),
    ),
  },
  { title: 'System', additionalProperties: false },
)
export type SystemView = Static<typeof SystemView>
