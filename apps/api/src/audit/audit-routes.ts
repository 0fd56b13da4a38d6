import { type AuditEntryView, DEFAULT_AUDIT_ENTRIES_PER_PAGE, operations } from '@sluice/contracts'
import { type AuditRecord, listAudit } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { route } from '../http/route.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { sentTime } from '../intake/sent-time.ts'

/** The route of the audit log. */
export const auditRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listAudit, async ({ query }) => {
    const { pageSize = DEFAULT_AUDIT_ENTRIES_PER_PAGE, from, to, ...filter } = query
    checkOperation(filter.operation)
    const times = { from: sentTime('query/from', from), to: sentTime('query/to', to) }
    const { entries, nextCursor } = await listAudit(engine, { ...filter, ...times, pageSize })
    return { entries: entries.map((record) => entryView(record)), nextCursor }
  })
}

/** A misspelt operation would match no entry, like an operation without calls. */
function checkOperation(operation: string | undefined): void {
  if (operation === undefined || Object.hasOwn(operations, operation)) return
  throw new RequestInvalidError([
    { path: 'query/operation', message: 'must be the id of an operation', value: operation },
  ])
}

function entryView({ at, ...record }: AuditRecord): AuditEntryView {
  return { ...record, at: at.toISOString() }
}
