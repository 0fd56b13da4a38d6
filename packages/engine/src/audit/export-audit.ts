import type { Engine } from '../engine.ts'
import { AUDIT_PARTS, type AuditPart, type AuditRecord } from '../model/audit.ts'
import { redisNow } from '../redis-now.ts'
import { type AuditMatch, matchesAudit, newestFirst, recordOf } from './audit-record.ts'

/** Which entries of the audit log to export. */
export interface AuditExport extends AuditMatch {
  /** Entries of this time and later. */
  from?: Date | undefined
  /** Entries after the one with this id. */
  after?: string | undefined
}

const READ_AT_ONCE = 500

/**
 * Exports the audit log, oldest first, page by page. It ends with the entries of the moment at which it begins, although
 * others follow meanwhile.
 */
export async function* exportAudit(engine: Engine, filter: AuditExport): AsyncGenerator<AuditRecord[]> {
  const now = new Date((await redisNow(engine)) + 1)
  const to = filter.to !== undefined && filter.to < now ? filter.to : now
  let { after } = filter
  for (;;) {
    const found = await readAfter(engine, { ...filter, to, after })
    const matching = found.filter((record) => matchesAudit(record, { ...filter, to }))
    if (matching.length > 0) yield matching
    after = found.at(-1)?.id
    if (after === undefined || found.length < READ_AT_ONCE) return
  }
}

/** The oldest entries after an id. The oldest of both parts together are among the oldest of each. */
async function readAfter(engine: Engine, filter: AuditExport): Promise<AuditRecord[]> {
  const records = await Promise.all(AUDIT_PARTS.map((part) => readPart(engine, part, filter)))
  return records
    .flat()
    .toSorted((a, b) => newestFirst(b, a))
    .slice(0, READ_AT_ONCE)
}

async function readPart(
  { redis, keys }: Engine,
  part: AuditPart,
  { from, to, after }: AuditExport,
): Promise<AuditRecord[]> {
  const first = after === undefined ? String(Math.max(0, from?.getTime() ?? 0)) : `(${after}`
  const last = String(Math.max(0, (to?.getTime() ?? 1) - 1))
  const found = await redis.xrange(keys.audit[part], first, last, 'COUNT', READ_AT_ONCE)
  return found.map(([id, [, json = '']]) => recordOf(id, json))
}
