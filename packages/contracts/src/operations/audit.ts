import { AuditEntryView, AuditList, ExportAuditQuery, ListAuditQuery } from '../schemas/audit.ts'
import { json, ndjson } from './content.ts'
import { operation } from './operation.ts'

/** What can be done with the audit log. */
export const auditOperations = {
  listAudit: operation({
    id: 'listAudit',
    method: 'GET',
    path: '/v1/audit',
    tag: 'audit',
    summary: 'Read the audit log',
    description:
      'Returns who has changed what, and which requests were refused, newest first. A request examines up to 10,000 ' +
      'entries: a page of a filter that few of them match may be empty although `nextCursor` is not null.',
    permission: 'audit:read',
    gate: 'sheddable',
    query: ListAuditQuery,
    answers: { 200: { description: 'A page of the audit log.', content: json(AuditList) } },
    errors: ['SLUICE_CURSOR_INVALID'],
  }),

  exportAudit: operation({
    id: 'exportAudit',
    method: 'GET',
    path: '/v1/audit/entries',
    tag: 'audit',
    summary: 'Export the audit log',
    description:
      'Streams all entries that the log has when the request begins, oldest first. To keep them for longer than the log ' +
      'does, pass the id of the last one as `after` the next time.',
    permission: 'audit:read',
    gate: 'sheddable',
    query: ExportAuditQuery,
    answers: { 200: { description: 'One entry per line.', content: ndjson(AuditEntryView) } },
    errors: [],
  }),
}
