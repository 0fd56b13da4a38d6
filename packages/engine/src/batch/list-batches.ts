import type { Engine } from '../engine.ts'
import { onceReadOffers } from '../heartbeat/offers.ts'
import { CursorInvalidError } from '../errors.ts'
import type { Batch, BatchState } from '../model/batch.ts'
import type { BatchOutcome } from '../model/outcome.ts'
import { EVERYTHING, type Reach, reaches } from '../model/reach.ts'
import { findBatch } from './read-batch.ts'

/** Which batches to list, and which page of them. */
export interface BatchFilter {
  state?: BatchState | undefined
  /** Batches that have not ended have no outcome. */
  outcome?: BatchOutcome | undefined
  type?: string | undefined
  queue?: string | undefined
  tenant?: string | undefined
  /** What the client reaches. Default: everything. */
  reach?: Reach | undefined
  /** Maximum number of batches to return. */
  pageSize: number
  /** The `nextCursor` of an earlier page. Default: the first page. */
  cursor?: string | undefined
}

/** One page of a list of batches. */
export interface BatchPage {
  batches: Batch[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

const READ_AT_ONCE = 50

/** Maximum number of batches that one request examines. A search for a rare type may return empty pages. */
const MAX_EXAMINED = 2000

/** Lists batches, newest first. Those of other tenants cost nothing. Throws `CursorInvalidError`. */
export async function listBatches(engine: Engine, filter: BatchFilter): Promise<BatchPage> {
  const batches: Batch[] = []
  let position = decodeCursor(filter.cursor)
  const offers = onceReadOffers(engine)
  for (let examined = 0; examined < MAX_EXAMINED; examined += READ_AT_ONCE) {
    const entries = await readIndex(engine, filter, position)
    const found = await Promise.all(entries.map(({ id }) => findBatch(engine, id, offers)))
    for (const [i, entry] of entries.entries()) {
      const batch = found[i]
      position = entry
      if (batch && matches(batch, filter)) batches.push(batch)
      if (batches.length === filter.pageSize) return { batches, nextCursor: encodeCursor(position) }
    }
    if (entries.length < READ_AT_ONCE) return { batches, nextCursor: null }
  }
  return { batches, nextCursor: encodeCursor(position) }
}

/** What a filter compares with a batch. */
const FILTERS = ['state', 'outcome', 'type', 'queue', 'tenant'] as const

interface Position {
  createdAt: number
  id: string
}

/** Compares a batch's own state with the filter, because the indexes are updated shortly after the batch. */
function matches(batch: Batch, filter: BatchFilter): boolean {
  if (!reaches(filter.reach ?? EVERYTHING, batch)) return false
  return FILTERS.every((name) => filter[name] === undefined || batch[name] === filter[name])
}

/** Reads the entries after a position, newest first. Entries of the same millisecond are in descending order of id. */
async function readIndex(engine: Engine, filter: BatchFilter, after?: Position): Promise<Position[]> {
  const index = indexFor(engine, filter)
  const entries: Position[] = []
  for (let skip = 0; entries.length < READ_AT_ONCE; skip += READ_AT_ONCE) {
    const reply = await engine.redis.zrevrangebyscore(
      index,
      after?.createdAt ?? '+inf',
      '-inf',
      'WITHSCORES',
      'LIMIT',
      skip,
      READ_AT_ONCE,
    )
    for (let i = 0; i < reply.length; i += 2) {
      const entry = { id: reply[i] ?? '', createdAt: Number(reply[i + 1]) }
      if (!after || entry.createdAt < after.createdAt || entry.id < after.id) entries.push(entry)
    }
    if (reply.length < READ_AT_ONCE * 2) break
  }
  return entries.slice(0, READ_AT_ONCE)
}

/** The smallest index that has all batches of the filter. */
function indexFor({ keys }: Engine, { state, tenant: named, reach = EVERYTHING }: BatchFilter): string {
  const tenant = reach.tenant ?? named
  if (tenant === undefined) return state ? keys.batchesInState(state) : keys.batches
  return state ? keys.batchesOfInState(tenant, state) : keys.batchesOf(tenant)
}

function encodeCursor(position: Position | undefined): string | null {
  return position ? `${position.createdAt}.${position.id}` : null
}

/** Throws `CursorInvalidError`. */
function decodeCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined
  const [, createdAt, id] = /^(\d+)\.(\w+)$/.exec(cursor) ?? []
  if (createdAt === undefined || id === undefined) throw new CursorInvalidError(cursor)
  return { createdAt: Number(createdAt), id }
}
