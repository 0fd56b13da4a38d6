import type { Engine } from '../engine.ts'
import { onceReadOffers } from '../heartbeat/offers.ts'
import type { Batch, BatchState } from '../model/batch.ts'
import type { BatchOutcome } from '../model/outcome.ts'
import { DEFAULT_TENANT, EVERYTHING, type Reach, reaches } from '../model/reach.ts'
import { findBatch } from './read-batch.ts'
import {
  decodePosition,
  encodePosition,
  ENTRIES_AT_ONCE,
  type IndexRange,
  type Position,
  readIndex,
} from './read-index.ts'

/** Which batches to list, and which page of them. */
export interface BatchFilter extends IndexRange {
  state?: BatchState | undefined
  /** Batches that have not ended have no outcome. */
  outcome?: BatchOutcome | undefined
  type?: string | undefined
  queue?: string | undefined
  tenant?: string | undefined
  /** Only batches whose code begins with this. */
  codePrefix?: string | undefined
  /** Only batches with these values in their metadata: a text, or the JSON of a number, a boolean or null. */
  metadata?: Readonly<Record<string, string>> | undefined
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

/** Maximum number of batches that one request examines. A search for a rare type may return empty pages. */
const MAX_EXAMINED = 2000

const NOT_FOUND = Promise.resolve(undefined)

/** Lists batches, newest first. Those of other tenants cost nothing. Throws `CursorInvalidError`. */
export async function listBatches(engine: Engine, filter: BatchFilter): Promise<BatchPage> {
  const batches: Batch[] = []
  let position = filter.cursor === undefined ? undefined : decodePosition(filter.cursor)
  const range = { ...filter, tenant: filter.reach?.tenant ?? filter.tenant }
  const offers = onceReadOffers(engine)
  for (let examined = 0; examined < MAX_EXAMINED; examined += ENTRIES_AT_ONCE) {
    const entries = await readIndex(engine, range, position)
    const mayMatch = await findCandidates(engine, entries, filter)
    const found = await Promise.all(
      entries.map(({ id }) => (mayMatch.has(id) ? findBatch(engine, id, offers) : NOT_FOUND)),
    )
    for (const [i, entry] of entries.entries()) {
      const batch = found[i]
      position = entry
      if (batch && matches(batch, filter)) batches.push(batch)
      if (batches.length === filter.pageSize) return { batches, nextCursor: encodePosition(position) }
    }
    if (entries.length < ENTRIES_AT_ONCE) return { batches, nextCursor: null }
  }
  return { batches, nextCursor: position === undefined ? null : encodePosition(position) }
}

/** What never changes of a batch, but for the metadata, and what a filter compares with it. */
type Traits = Pick<Batch, 'code' | 'queue' | 'tenant' | 'type' | 'metadata'>

/** Reading a whole batch costs ten times as much as reading what most filters compare. */
async function findCandidates(
  { redis, keys }: Engine,
  entries: readonly Position[],
  filter: BatchFilter,
): Promise<Set<string>> {
  const { queue, type, codePrefix, metadata, reach = EVERYTHING } = filter
  const isFiltered = [queue, type, codePrefix, metadata].some((one) => one !== undefined) || reach.queues !== null
  if (!isFiltered) return new Set(entries.map(({ id }) => id))
  const rows = await Promise.all(
    entries.map(({ id }) => redis.hmget(keys.batch(id).meta, 'code', 'queue', 'tenant', 'type', 'metadata')),
  )
  return new Set(entries.filter((_, i) => hasTraits(decodeTraits(rows[i] ?? []), filter)).map(({ id }) => id))
}

function decodeTraits([code, queue, tenant, type, metadata]: (string | null)[]): Traits {
  return {
    code: code ?? '',
    queue: queue ?? '',
    tenant: tenant ?? DEFAULT_TENANT,
    type: type ?? '',
    metadata: JSON.parse(metadata ?? '{}') as Record<string, unknown>,
  }
}

/** Compares a batch's own state with the filter, because the indexes are updated shortly after the batch. */
function matches(batch: Batch, filter: BatchFilter): boolean {
  const { state, outcome } = filter
  return (
    (state === undefined || batch.state === state) &&
    (outcome === undefined || batch.outcome === outcome) &&
    hasTraits(batch, filter)
  )
}

function hasTraits(
  batch: Traits,
  { queue, tenant, type, codePrefix = '', metadata = {}, reach = EVERYTHING }: BatchFilter,
): boolean {
  return (
    reaches(reach, batch) &&
    (tenant === undefined || batch.tenant === tenant) &&
    (queue === undefined || batch.queue === queue) &&
    (type === undefined || batch.type === type) &&
    batch.code.startsWith(codePrefix) &&
    Object.entries(metadata).every(([name, value]) => hasValue(batch.metadata, name, value))
  )
}

function hasValue(metadata: Record<string, unknown>, name: string, text: string): boolean {
  if (!Object.hasOwn(metadata, name)) return false
  const value = metadata[name]
  if (typeof value === 'object' && value !== null) return false
  return (typeof value === 'string' ? value : JSON.stringify(value)) === text
}
