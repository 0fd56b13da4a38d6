import type { Engine } from '../engine.ts'
import { CursorInvalidError } from '../errors.ts'
import type { BatchState } from '../model/batch.ts'

/** A batch in an index. Batches of the same millisecond are in order of their ids. */
export interface Position {
  /** In ms. */
  createdAt: number
  id: string
}

/** Which part of an index to read. */
export interface IndexRange {
  /** Default: the index of all batches. */
  state?: BatchState | undefined
  /** Default: the index of all tenants. */
  tenant?: string | undefined
  /** Only batches created at this time or later. */
  createdAfter?: Date | undefined
  /** Only batches created before this time. */
  createdBefore?: Date | undefined
}

/** Entries that one call returns. Fewer: there are no more. */
export const ENTRIES_AT_ONCE = 50

/** Reads the entries after a position, newest first. */
export async function readIndex(engine: Engine, range: IndexRange, after?: Position): Promise<Position[]> {
  const index = indexFor(engine, range)
  const [newest, oldest] = scoresOf(range, after)
  const entries: Position[] = []
  for (let skip = 0; entries.length < ENTRIES_AT_ONCE; skip += ENTRIES_AT_ONCE) {
    const reply = await engine.redis.zrevrangebyscore(
      index,
      newest,
      oldest,
      'WITHSCORES',
      'LIMIT',
      skip,
      ENTRIES_AT_ONCE,
    )
    for (let i = 0; i < reply.length; i += 2) {
      const entry = { id: reply[i] ?? '', createdAt: Number(reply[i + 1]) }
      if (!after || entry.createdAt < after.createdAt || entry.id < after.id) entries.push(entry)
    }
    if (reply.length < ENTRIES_AT_ONCE * 2) break
  }
  return entries.slice(0, ENTRIES_AT_ONCE)
}

function indexFor({ keys }: Engine, { state, tenant }: IndexRange): string {
  if (tenant === undefined) return state ? keys.batchesInState(state) : keys.batches
  return state ? keys.batchesOfInState(tenant, state) : keys.batchesOf(tenant)
}

/** A cursor of another list may lie outside of the range. */
function scoresOf({ createdAfter, createdBefore }: IndexRange, after: Position | undefined): [string, string] {
  const before = createdBefore?.getTime() ?? Infinity
  const newest = after !== undefined && after.createdAt < before ? String(after.createdAt) : `(${before}`
  return [
    createdBefore === undefined && after === undefined ? '+inf' : newest,
    String(createdAfter?.getTime() ?? '-inf'),
  ]
}

/** Encodes a position as the beginning of a cursor. */
export function encodePosition({ createdAt, id }: Position): string {
  return `${createdAt}.${id}`
}

/** Decodes what `encodePosition` returns. Throws `CursorInvalidError`. */
export function decodePosition(cursor: string): Position {
  const [, createdAt, id] = /^(\d{1,15})\.(\w+)$/.exec(cursor) ?? []
  if (createdAt === undefined || id === undefined) throw new CursorInvalidError(cursor)
  return { createdAt: Number(createdAt), id }
}
