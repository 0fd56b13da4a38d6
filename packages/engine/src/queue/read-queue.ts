import type { Engine } from '../engine.ts'
import { QueueNotFoundError } from '../errors.ts'
import { onceReadOffers, readOffers, type ReadOffers } from '../heartbeat/offers.ts'
import { grantsQueue } from '../model/api-key.ts'
import { offersFor, type CountedOffer } from '../model/offer.ts'
import type { Queue, QueueSettings } from '../model/queue.ts'
import { EVERYTHING, type Reach } from '../model/reach.ts'
import { pageOfNames, type NamePageRequest } from '../settings/page-of-names.ts'
import { findQueue, findQueues, findQueuesWithin, listQueueNames } from '../settings/queue-settings.ts'
import type { Registered } from '../settings/registered.ts'
import { countBatchesOf } from './batches-of-queue.ts'

/** The queue's tickets: running (`active`), ready (`waiting`), and waiting for a time (`delayed`). */
export interface TicketCounts {
  active: number
  waiting: number
  delayed: number
}

/** One page of the list of queues. */
export interface QueuePage {
  queues: Queue[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

/** Reads a queue's settings and counts its batches, tickets and workers. Throws `QueueNotFoundError`. */
export async function readQueue(engine: Engine, name: string): Promise<Queue> {
  const queue = await findQueue(engine, name)
  if (!queue) throw new QueueNotFoundError(name)
  return await showQueue(engine, name, queue)
}

/** Lists the queues that a client may use, in alphabetical order. Throws `CursorInvalidError`. */
export async function listQueues(
  engine: Engine,
  { reach = EVERYTHING, ...request }: NamePageRequest & { reach?: Reach | undefined },
): Promise<QueuePage> {
  const { names, nextCursor } = pageOfNames(await namesWithin(engine, reach), request)
  const found = await findQueues(engine, names)
  const offers = onceReadOffers(engine)
  const queues = await Promise.all(
    // A queue that was deleted since its name was read is not listed.
    names.flatMap((name, i) => (found[i] ? [showQueue(engine, name, found[i], offers)] : [])),
  )
  return { queues, nextCursor }
}

/** Only the settings say which tenants may use a queue. */
async function namesWithin(engine: Engine, reach: Reach): Promise<string[]> {
  if (reach.tenant !== null) return (await findQueuesWithin(engine, reach)).map(({ name }) => name)
  return (await listQueueNames(engine)).filter((name) => grantsQueue(reach.queues, name))
}

/** Counts the batches, tickets and workers of a queue with these settings. */
export async function showQueue(
  engine: Engine,
  name: string,
  { version, settings }: Registered<QueueSettings>,
  read: ReadOffers = () => readOffers(engine),
): Promise<Queue> {
  const [activeBatches, tickets, offers] = await Promise.all([
    countBatchesOf(engine, name),
    readTicketCounts(engine, name),
    read(),
  ])
  return { name, version, ...settings, activeBatches, tickets, ...workersIn(offersFor(name, offers)) }
}

function workersIn(offers: readonly CountedOffer[]): Pick<Queue, 'workers' | 'types'> {
  const workers = offers.reduce((sum, offer) => sum + offer.workers, 0)
  return { workers, types: [...new Set(offers.flatMap(({ types }) => types))].toSorted() }
}

/** Counts the tickets of a queue. */
export async function readTicketCounts(engine: Engine, name: string): Promise<TicketCounts> {
  const counts = await engine.ticketQueues.open(name).getJobCounts('active', 'wait', 'prioritized', 'delayed')
  const count = (state: string) => counts[state] ?? 0
  return {
    active: count('active'),
    waiting: count('wait') + count('prioritized'),
    delayed: count('delayed'),
  }
}
