import type { AuditPart } from '../model/audit.ts'
import { defineScript } from './define-script.ts'

/** Entries for the audit log. */
export interface WriteAuditRequest {
  /** About how many entries each part keeps. */
  maxEntries: number
  entries: readonly { part: AuditPart; json: string }[]
}

/**
 * Adds entries to the audit log. It also works while Redis is full: what is done then must leave a trace, and the log is
 * bounded.
 */
export const writeAuditScript = defineScript('write-audit', {
  keys: ['control', 'traffic'],
  args: ['max_entries'],
  rest: 'entries',
  mayWriteWhenFull: true,
  encode: ({ maxEntries, entries }: WriteAuditRequest) => ({
    args: { max_entries: maxEntries },
    rest: entries.flatMap(({ part, json }) => [part, json]),
  }),
  replies: {
    written: () => ({}),
  },
})
