import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { QueueName } from './queue.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

const QueueLoad = Type.Object(
  {
    queue: { ...QueueName, description: 'The name of the queue.' },
    tickets: Type.Integer({ minimum: 1, description: 'Tickets of the queue that the worker runs.' }),
  },
  { title: 'QueueLoad', additionalProperties: false },
)

/** A worker as its last beat described it. */
export const WorkerView = Type.Object(
  {
    id: Type.String({
      description: 'The id of the worker. A worker that starts again has another one.',
      examples: ['4f6b7c1e-0d5b-4f4e-9f3e-2f9d6a1c7b10'],
    }),
    host: nullable(
      Type.String({ description: 'The name of its machine. Null for an API key that is narrowed to queues.' }),
    ),
    pid: nullable(
      Type.Integer({
        minimum: 1,
        description: 'The id of its process on that machine. Null for an API key that is narrowed to queues.',
      }),
    ),
    version: Type.String({ description: 'The version of Sluice that it runs.', examples: ['0.1.0'] }),
    queues: nullable(
      Type.Array(Type.String(), {
        description:
          'The queues that it serves, in alphabetical order: of a narrowed API key, those that it is narrowed to. Null: all.',
      }),
    ),
    types: Type.Array(Type.String(), { description: 'The task types that it handles, in alphabetical order.' }),
    concurrency: Type.Integer({ minimum: 1, description: 'Maximum number of tickets that it runs of each queue.' }),
    running: nullable(
      count('Attempts that it runs. Null for an API key that is narrowed to queues: they may be of any queue.'),
    ),
    load: Type.Array(QueueLoad, {
      description: 'The tickets that it runs, by queue, in alphabetical order. Queues without any are left out.',
    }),
    startedAt: instant('When its process started serving.'),
    lastBeatAt: instant('When it last said that it is alive. It does so every 0.7 s, and counts as dead after 3.5 s.'),
  },
  { title: 'Worker', additionalProperties: false },
)
export type WorkerView = Static<typeof WorkerView>

/** The workers that are alive. */
export const WorkerList = Type.Object(
  { workers: Type.Array(WorkerView, { description: 'The workers, in the order in which they started.' }) },
  { title: 'WorkerList', additionalProperties: false },
)
export type WorkerList = Static<typeof WorkerList>
