import type { Engine } from '../engine.ts'
import type { Reach } from '../model/reach.ts'
import { ListedObjects } from './listed-objects.ts'
import { Lookouts, News } from './lookout.ts'
import type { Tick, Topic, TopicLook, TopicObject } from './topic-look.ts'
import { UnfinishedBatches } from './unfinished-batches.ts'

/** What a watcher of a topic gets. */
export type TopicEvent =
  /** All objects of the topic. It is the first event. */
  | { kind: 'snapshot'; objects: TopicObject[] }
  /** An object is new, has changed, or is a batch that has ended and leaves the topic. */
  | { kind: 'change'; id: string; object: TopicObject }
  /** An object does not exist any more, or newer ones have taken its place. */
  | { kind: 'gone'; id: string }
  | ({ kind: 'tick' } & Tick)

/** Reading the memory of Redis costs more than the rest. */
const EVERY_MS: Record<Topic, number> = { batches: 1000, queues: 1000, limits: 1000, workers: 1000, system: 5000 }

const lookouts = new Lookouts<TopicLook>()

/**
 * Yields the objects of a topic, then each change, at most once a second for each object, until the signal is aborted.
 * `batches` are the newest active and interrupted ones. A watcher that is slow gets the latest state of what has changed,
 * and nothing that came between, of what it reaches.
 *
 * All watchers of a topic with the same reach share one lookout, so that a thousand of them cost Redis as much as one.
 */
export async function* watchTopic(
  engine: Engine,
  topic: Topic,
  { reach: { tenant, queues }, signal }: { reach: Reach; signal: AbortSignal },
): AsyncGenerator<TopicEvent> {
  const key = JSON.stringify([topic, tenant, queues])
  const lookout = lookouts.find(engine, key, () => begin(engine, topic, { tenant, queues }))
  const news = new News<TopicLook>()
  const leave = lookout.join(news)
  const stop = () => news.wake()
  signal.addEventListener('abort', stop)
  try {
    let shown = await lookout.latest()
    yield { kind: 'snapshot', objects: [...shown.entries.values()].map(({ object }) => object) }
    while (!signal.aborted) {
      const latest = await news.take()
      if (latest === undefined || latest.begunAt <= shown.begunAt) continue
      yield* differences(shown, latest)
      if (latest.tick) yield { kind: 'tick', ...latest.tick }
      shown = latest
    }
  } finally {
    signal.removeEventListener('abort', stop)
    leave()
  }
}

function begin(engine: Engine, topic: Topic, reach: Reach) {
  const objects = topic === 'batches' ? new UnfinishedBatches(engine, reach) : new ListedObjects(engine, topic, reach)
  return { look: () => objects.look(), everyMs: EVERY_MS[topic] }
}

function* differences(shown: TopicLook, latest: TopicLook): Generator<TopicEvent> {
  for (const [id, entry] of latest.entries) {
    if (shown.entries.get(id) !== entry) yield { kind: 'change', id, object: entry.object }
  }
  for (const id of shown.entries.keys()) {
    if (latest.entries.has(id)) continue
    const last = latest.ended.get(id)
    yield last === undefined ? { kind: 'gone', id } : { kind: 'change', id, object: last.object }
  }
}
