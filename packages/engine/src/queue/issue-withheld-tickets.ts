import type { Engine } from '../engine.ts'
import { readOffers } from '../heartbeat/offers.ts'
import { encodeOffer, serves, type Offer } from '../model/offer.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { pageOfBatches } from './batches-of-queue.ts'
import { listQueuesInUse } from './list-queues-in-use.ts'

/** Ids of batches that are read at once. */
const PAGE_SIZE = 200

/** Returns whether another worker that is alive already makes this offer, so that no tickets are withheld for want of it. */
export async function isOfferKnown(engine: Engine, offer: Offer): Promise<boolean> {
  const text = encodeOffer(offer)
  return (await readOffers(engine)).some((known) => known.workers > 0 && encodeOffer(known) === text)
}

/**
 * Issues the tickets that were withheld because no worker could run them. A worker that makes a new offer calls this after
 * its heartbeat has begun. Tickets that are withheld after that have been planned with its offer in mind.
 */
export async function issueWithheldTickets(engine: Engine, offer: Offer): Promise<void> {
  for (const queue of await listQueuesInUse(engine)) {
    if (serves(offer, queue)) await issueForQueue(engine, queue)
  }
}

async function issueForQueue(engine: Engine, queue: string): Promise<void> {
  let page: string[]
  let after = ''
  do {
    page = await pageOfBatches(engine, queue, { after, pageSize: PAGE_SIZE })
    for (const id of page) await issueTickets(engine, id)
    after = page.at(-1) ?? after
  } while (page.length === PAGE_SIZE)
}
