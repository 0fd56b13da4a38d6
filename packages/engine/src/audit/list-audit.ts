import type { Engine } from '../engine.ts'
import { CursorInvalidError } from '../errors.ts'
import { AUDIT_PARTS, type AuditPart, type AuditRecord } from '../model/audit.ts'
import { type AuditMatch, matchesAudit, newestFirst, recordOf } from './audit-record.ts'

/** Which entries of the audit log to list, and which page of them. */
export interface AuditFilter extends AuditMatch {
  /** Maximum number of entries to return. */
  pageSize: number
  /** The `nextCursor` of an earlier page. Default: the first page. */
  cursor?: string | undefined
}

/** One page of the audit log. */
export interface AuditPage {
  entries: AuditRecord[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

const READ_AT_ONCE = 500

/** Maximum number of entries that one request examines. A search for what is rare may return empty pages. */
const MAX_EXAMINED = 10_000

/** Lists the audit log, newest first. Throws `CursorInvalidError`. */
export async function listAudit(engine: Engine, filter: AuditFilter): Promise<AuditPage> {
  const entries: AuditRecord[] = []
  let before = filter.cursor === undefined ? undefined : checkCursor(filter.cursor)
  for (let examined = 0; examined < MAX_EXAMINED; examined += READ_AT_ONCE) {
    const found = await readBefore(engine, filter, before)
    for (const record of found) {
      before = record.id
      if (matchesAudit(record, filter)) entries.push(record)
      if (entries.length === filter.pageSize) return { entries, nextCursor: before }
    }
    if (found.length < READ_AT_ONCE) return { entries, nextCursor: null }
  }
  return { entries, nextCursor: before ?? null }
}

/** The newest entries before an id. The newest of both parts together are among the newest of each. */
async function readBefore(engine: Engine, filter: AuditFilter, before: string | undefined): Promise<AuditRecord[]> {
  const records = await Promise.all(AUDIT_PARTS.map((part) => readPart(engine, part, { filter, before })))
  return records.flat().toSorted(newestFirst).slice(0, READ_AT_ONCE)
}

async function readPart(
  { redis, keys }: Engine,
  part: AuditPart,
  { filter: { from, to }, before }: { filter: AuditFilter; before: string | undefined },
): Promise<AuditRecord[]> {
  const last = before === undefined ? lastBefore(to) : `(${before}`
  const found = await redis.xrevrange(keys.audit[part], last, Math.max(0, from?.getTime() ?? 0), 'COUNT', READ_AT_ONCE)
  return found.map(([id, [, json = '']]) => recordOf(id, json))
}

/** Times of streams begin with 0. */
function lastBefore(to: Date | undefined): string {
  return to === undefined ? '+' : String(Math.max(0, to.getTime() - 1))
}

function checkCursor(cursor: string): string {
  if (!/^\d{1,15}-\d{1,15}$/.test(cursor)) throw new CursorInvalidError(cursor)
  return cursor
}
