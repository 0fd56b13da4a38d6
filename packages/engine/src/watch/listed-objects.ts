import type { Engine } from '../engine.ts'
import { listWorkers } from '../heartbeat/list-workers.ts'
import { listLimits } from '../limit/read-limit.ts'
import type { Reach } from '../model/reach.ts'
import { listQueues } from '../queue/read-queue.ts'
import { findQueuesWithin } from '../settings/queue-settings.ts'
import { readSystem } from '../system.ts'
import { type Entry, MOST_OBJECTS, type Topic, type TopicLook, type TopicObject } from './topic-look.ts'

/** An object that was read, its id, and what of it is compared. */
interface Listed {
  id: string
  object: TopicObject
  content: string
}

type List = (engine: Engine, reach: Reach) => Promise<Listed[]>

/** How the objects of each topic are listed. */
const LISTS: Record<Exclude<Topic, 'batches'>, List> = {
  async queues(engine, reach) {
    const { queues } = await listQueues(engine, { pageSize: MOST_OBJECTS, reach })
    return queues.map((queue) => ({ id: queue.name, object: queue, content: JSON.stringify(queue) }))
  },
  async limits(engine, reach) {
    const { limits } = await listLimits(engine, { pageSize: MOST_OBJECTS, reach })
    return limits.map((limit) => ({ id: limit.name, object: limit, content: JSON.stringify(limit) }))
  },
  async workers(engine, reach) {
    const granted =
      reach.tenant === null ? reach.queues : (await findQueuesWithin(engine, reach)).map(({ name }) => name)
    const workers = (await listWorkers(engine, { granted })).slice(0, MOST_OBJECTS)
    // Each worker beats all the time.
    const contentOf = ({ lastBeatAt: _beat, ...rest }: (typeof workers)[number]) => JSON.stringify(rest)
    return workers.map((worker) => ({ id: worker.id, object: worker, content: contentOf(worker) }))
  },
  async system(engine) {
    const system = await readSystem(engine)
    return [{ id: 'system', object: system, content: JSON.stringify(system) }]
  },
}

/** Looks at the objects of a topic that are listed as a whole. */
export class ListedObjects {
  readonly #list: () => Promise<Listed[]>
  #entries = new Map<string, Entry>()
  #content = ''

  constructor(engine: Engine, topic: Exclude<Topic, 'batches'>, reach: Reach) {
    this.#list = () => LISTS[topic](engine, reach)
  }

  async look(): Promise<TopicLook> {
    const begunAt = performance.now()
    const entries = new Map((await this.#list()).map((listed) => [listed.id, this.#entryOf(listed)]))
    const isSame =
      entries.size === this.#entries.size && [...entries].every(([id, entry]) => this.#entries.get(id) === entry)
    if (!isSame) this.#content = String(begunAt)
    this.#entries = entries
    return { begunAt, content: this.#content, entries, ended: new Map() }
  }

  #entryOf({ id, object, content }: Listed): Entry {
    const known = this.#entries.get(id)
    return known?.content === content ? known : { object, content }
  }
}
