import { Readable } from 'node:stream'
import { type AuditEntryView, DEFAULT_AUDIT_ENTRIES_PER_PAGE, type ListAuditQuery, operations } from '@sluice/contracts'
import { type AuditRecord, exportAudit, listAudit } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { headRoute, route } from '../http/route.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { sentTime } from '../intake/sent-time.ts'

/** The routes of the audit log. */
export const auditRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine }) => {
  route(app, operations.listAudit, async ({ query }) => {
    const { pageSize = DEFAULT_AUDIT_ENTRIES_PER_PAGE } = query
    const { entries, nextCursor } = await listAudit(engine, { ...query, ...filterOf(query), pageSize })
    return { entries: entries.map((record) => entryView(record)), nextCursor }
  })

  route(app, operations.exportAudit, async ({ query }) =>
    Readable.from(linesOf(exportAudit(engine, { ...query, ...filterOf(query) })), { objectMode: false }),
  )

  headRoute(app, operations.exportAudit, async ({ query }) => filterOf(query))
}

/** A page at a time: however much the log has, the process holds little of it. */
async function* linesOf(pages: AsyncIterable<AuditRecord[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((record) => `${JSON.stringify(entryView(record))}\n`).join('')
}

/** Times as the engine takes them. Throws `RequestInvalidError`. */
function filterOf({ operation, from, to }: ListAuditQuery): { from: Date | undefined; to: Date | undefined } {
  checkOperation(operation)
  return { from: sentTime('query/from', from), to: sentTime('query/to', to) }
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
