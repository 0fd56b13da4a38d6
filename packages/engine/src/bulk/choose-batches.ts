import { listBatches } from '../batch/list-batches.ts'
import { findBatch } from '../batch/read-batch.ts'
import type { Engine } from '../engine.ts'
import { onceReadOffers } from '../heartbeat/offers.ts'
import type { Batch } from '../model/batch.ts'
import { type BulkFilter, type BulkRequest, canAct, MAX_BULK_BATCHES, touchedTasks } from '../model/bulk.ts'
import { reaches } from '../model/reach.ts'

/** The batches that a bulk operation would act on now. */
export interface ChosenBatches {
  /** Newest first. */
  ids: string[]
  /** Tasks that the action touches in them. */
  tasks: number
  /** Whether there may be more than these: the operation can be repeated for them. */
  hasMore: boolean
}

/** Pages of the list that one request reads at most. Each examines up to 2,000 batches. */
const MAX_PAGES = 20

const PAGE_SIZE = 200

/** Chooses the batches that match the filter and on which the action can succeed, newest first and at most 1,000. */
export async function chooseBatches(engine: Engine, request: BulkRequest): Promise<ChosenBatches> {
  const chosen: ChosenBatches = { ids: [], tasks: 0, hasMore: false }
  const add = (batch: Batch) => {
    if (!matches(batch, request) || chosen.hasMore) return
    chosen.hasMore = chosen.ids.length === MAX_BULK_BATCHES
    if (chosen.hasMore) return
    chosen.ids.push(batch.id)
    chosen.tasks += touchedTasks(request.action, batch)
  }
  if (request.filter.ids !== undefined) await visitNamed(engine, request.filter.ids, add)
  else chosen.hasMore = !(await visitListed(engine, request, add)) || chosen.hasMore
  return chosen
}

function matches(batch: Batch, { action, filter, reach }: BulkRequest): boolean {
  return canAct(action, batch) && reaches(reach, batch) && isInFilter(batch, filter)
}

function isInFilter(batch: Batch, { state, outcome, queue, type, codePrefix = '' }: BulkFilter): boolean {
  const isSame = (wanted: string | undefined, value: string | null) => wanted === undefined || wanted === value
  const isAsFar = isSame(state, batch.state) && isSame(outcome, batch.outcome)
  return isAsFar && isSame(queue, batch.queue) && isSame(type, batch.type) && batch.code.startsWith(codePrefix)
}

async function visitNamed(engine: Engine, ids: readonly string[], visit: (batch: Batch) => void): Promise<void> {
  const offers = onceReadOffers(engine)
  const unique = [...new Set(ids)]
  for (let first = 0; first < unique.length; first += PAGE_SIZE) {
    const some = unique.slice(first, first + PAGE_SIZE)
    const found = await Promise.all(some.map((id) => findBatch(engine, id, offers)))
    for (const batch of found) if (batch !== undefined) visit(batch)
  }
}

/** Returns whether the whole list was visited. */
async function visitListed(
  engine: Engine,
  { filter: { state, outcome, queue, type, codePrefix }, reach }: BulkRequest,
  visit: (batch: Batch) => void,
): Promise<boolean> {
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { batches, nextCursor } = await listBatches(engine, {
      state,
      outcome,
      queue,
      type,
      codePrefix,
      reach,
      pageSize: PAGE_SIZE,
      cursor,
    })
    for (const batch of batches) visit(batch)
    if (nextCursor === null) return true
    cursor = nextCursor
  }
  return false
}
