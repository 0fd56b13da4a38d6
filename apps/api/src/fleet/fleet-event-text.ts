import type { FleetEvent } from '@sluice/contracts'
import type { Batch, Limit, Queue, Reach, SystemStatus, TopicEvent, TopicObject, WorkerStatus } from '@sluice/engine'
import { batchView } from '../batches/batch-view.ts'
import { limitView } from '../limits/limit-view.ts'
import { queueView } from '../queues/queue-view.ts'
import { workerView } from './worker-view.ts'

/** What a stream can be about: a topic, or one batch. */
export type StreamTopic = Extract<FleetEvent, { kind: 'snapshot' }>['topic']

/** What turns objects into views that only the process can. */
export interface FleetViews {
  system: (status: SystemStatus) => object
  /** What the client reaches. */
  reach: Reach
}

/** The JSON of objects that were sent. The streams that share a lookout share its objects, and have the same reach. */
const texts = new WeakMap<TopicObject, string>()

/** Writes an event of a topic as JSON. An object is encoded once for all streams that show it. */
export function fleetEventText(topic: StreamTopic, event: TopicEvent, views: FleetViews): string {
  const head = `{"kind":"${event.kind}","topic":"${topic}"`
  switch (event.kind) {
    case 'snapshot':
      return `${head},"objects":[${event.objects.map((object) => textOf(topic, object, views)).join()}]}`
    case 'change':
      return `${head},"id":${JSON.stringify(event.id)},"object":${textOf(topic, event.object, views)}}`
    case 'gone':
      return `${head},"id":${JSON.stringify(event.id)}}`
    case 'tick':
      return JSON.stringify({ at: new Date().toISOString(), ...event })
  }
}

function textOf(topic: StreamTopic, object: TopicObject, views: FleetViews): string {
  const known = texts.get(object)
  if (known !== undefined) return known
  const text = JSON.stringify(viewOf(topic, object, views))
  texts.set(object, text)
  return text
}

function viewOf(topic: StreamTopic, object: TopicObject, { system, reach }: FleetViews): object {
  switch (topic) {
    case 'batches':
    case 'batch':
      return batchView(object as Batch)
    case 'queues':
      return queueView(object as Queue, reach)
    case 'limits':
      return limitView(object as Limit)
    case 'workers':
      return workerView(object as WorkerStatus, { isNarrowed: reach.tenant !== null || reach.queues !== null })
    case 'system':
      return system(object as SystemStatus)
  }
}
