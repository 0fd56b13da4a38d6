import { type Engine, writeAudit } from '@sluice/engine'

/** Notes in the audit log that the process itself has created an API key, without a request. */
export async function auditNewKey(engine: Engine, actor: 'command' | 'file', id: string): Promise<void> {
  const entry = {
    actor,
    keyId: null,
    name: null,
    tenant: null,
    subject: null,
    operation: 'createApiKey',
    object: `keys/${id}`,
    address: null,
    requestId: null,
    reason: null,
    status: 201,
    code: null,
  }
  await writeAudit(engine, [{ part: 'control', entry }])
}
