import { type Static, type TObject, Type } from 'typebox'
import { BatchView } from './batch.ts'
import { instant } from './instant.ts'
import { LimitView } from './limit.ts'
import { nullable } from './nullable.ts'
import { patterns } from './patterns.ts'
import { QueueView } from './queue.ts'
import { BatchStatesView, SystemView } from './system.ts'
import { WorkerView } from './worker.ts'

/** What to stream. */
export const WatchEventsQuery = Type.Object(
  {
    topics: Type.Optional(
      Type.String({
        pattern: patterns.topics,
        description:
          'The topics, separated by commas. `batches`: the 200 newest batches that are active or interrupted. `queues`, `limits`, ' +
          '`workers`: the first 200 of each. `system`: the state of the installation.',
        examples: ['batches,queues'],
      }),
    ),
    batch: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 300,
        description: 'The id of a batch to follow, or `code:` followed by its code. It is the topic `batch`.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type WatchEventsQuery = Static<typeof WatchEventsQuery>

const id = Type.String({ description: 'The id or name of the object; of the topic `system`, `system`.' })

const kindOf = <const Kind extends string>(kind: Kind) =>
  Type.Literal(kind, { description: 'The kind of the event, which is also its name.' })

const topicOf = <const Name extends string>(topic: Name) =>
  Type.Literal(topic, { description: 'The topic of the objects.' })

function capitalized(topic: string): string {
  return topic.slice(0, 1).toUpperCase() + topic.slice(1)
}

function snapshotOf<const Name extends string, const View extends TObject>(topic: Name, view: View) {
  return Type.Object(
    {
      kind: kindOf('snapshot'),
      topic: topicOf(topic),
      objects: Type.Array(view, { description: 'All objects of the topic.' }),
    },
    { title: `${capitalized(topic)}Snapshot`, additionalProperties: false },
  )
}

function changeOf<const Name extends string, const View extends TObject>(topic: Name, view: View) {
  return Type.Object(
    {
      kind: kindOf('change'),
      topic: topicOf(topic),
      id,
      object: { ...view, description: 'The object as it is now.' },
    },
    { title: `${capitalized(topic)}Change`, additionalProperties: false },
  )
}

const rate = (description: string) => Type.Number({ minimum: 0, description })
const count = (description: string) => Type.Integer({ minimum: 0, description })

/** How the installation goes on. */
const TickView = Type.Object(
  {
    kind: kindOf('tick'),
    at: instant('The time of the process.'),
    batches: nullable({
      ...BatchStatesView,
      description: 'Batches by state. Null for an API key that is narrowed to queues.',
    }),
    completedPerSecond: rate('Tasks that complete per second, in the batches of the topic.'),
    failedPerSecond: rate('Tasks that fail per second, in the batches of the topic.'),
    running: count('Tasks that run, in the batches of the topic.'),
    waiting: count('Tasks that are pending or delayed, in the batches of the topic.'),
  },
  { title: 'Tick', additionalProperties: false },
)
/** The data of one event. It is state: an object that it has replaces what the client knew of the object. */
export const FleetEvent = Type.Union(
  [
    snapshotOf('batches', BatchView),
    snapshotOf('batch', BatchView),
    snapshotOf('queues', QueueView),
    snapshotOf('limits', LimitView),
    snapshotOf('workers', WorkerView),
    snapshotOf('system', SystemView),
    changeOf('batches', BatchView),
    changeOf('batch', BatchView),
    changeOf('queues', QueueView),
    changeOf('limits', LimitView),
    changeOf('workers', WorkerView),
    changeOf('system', SystemView),
    Type.Object(
      {
        kind: kindOf('gone'),
        topic: Type.Enum(['batches', 'batch', 'queues', 'limits', 'workers', 'system'], {
          description: 'The topic of the object.',
        }),
        id,
      },
      { title: 'Gone', additionalProperties: false },
    ),
    TickView,
  ],
  { title: 'FleetEvent', description: 'The data of an event. `kind` is the name of the event.' },
)
export type FleetEvent = Static<typeof FleetEvent>
