import type { Engine } from '../engine.ts'
import { hideApiKeys } from '../model/api-key-text.ts'
import type { AuditEntry, AuditPart } from '../model/audit.ts'
import { writeAuditScript } from '../scripts/write-audit.ts'

/** Adds entries to the audit log in one command. Of API keys that clients put into names and ids, it has the ids alone. */
export async function writeAudit(
  { redis, keys, quotas }: Engine,
  entries: readonly { part: AuditPart; entry: AuditEntry }[],
): Promise<void> {
  await writeAuditScript.run(redis, keys.audit, {
    maxEntries: quotas.maxAuditEntries,
    entries: entries.map(({ part, entry }) => ({ part, json: hideApiKeys(JSON.stringify(entry)) })),
  })
}
