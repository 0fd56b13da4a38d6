import { type AuditEntry, type AuditRecord, type AuditResult, auditResultOf } from '../model/audit.ts'

/** What entries of the audit log are compared with. */
export interface AuditMatch {
  keyId?: string | undefined
  tenant?: string | undefined
  operation?: string | undefined
  object?: string | undefined
  result?: AuditResult | undefined
  /** Entries of this time and later. */
  from?: Date | undefined
  /** Entries before this time. */
  to?: Date | undefined
}

const MEMBERS = ['keyId', 'tenant', 'operation', 'object', 'result'] as const

/** Whether an entry matches a filter. */
export function matchesAudit(record: AuditRecord, filter: AuditMatch): boolean {
  // A cursor, or an id to go on after, may lie outside of the times.
  if (filter.to !== undefined && record.at.getTime() >= filter.to.getTime()) return false
  if (filter.from !== undefined && record.at.getTime() < filter.from.getTime()) return false
  return MEMBERS.every((name) => filter[name] === undefined || record[name] === filter[name])
}

/** An entry as a stream has it. */
export function recordOf(id: string, json: string): AuditRecord {
  const entry = JSON.parse(json) as AuditEntry
  return { id, at: new Date(numbersIn(id)[0]), ...entry, result: auditResultOf(entry.status) }
}

/** The scripts that write entries give each one an id of its own, in both parts together. */
export function newestFirst({ id: a }: AuditRecord, { id: b }: AuditRecord): number {
  const [[aMs, aSeq], [bMs, bSeq]] = [numbersIn(a), numbersIn(b)]
  return bMs - aMs || bSeq - aSeq
}

function numbersIn(id: string): [ms: number, seq: number] {
  const [ms = 0, seq = 0] = id.split('-').map(Number)
  return [ms, seq]
}
