/** Who may be behind an entry of the audit log. */
export const AUDIT_ACTORS = ['key', 'session', 'oidc', 'anonymous', 'unauthenticated', 'command', 'file'] as const

/** How a request ended: with 2xx, 4xx or 5xx. */
export const AUDIT_RESULTS = ['done', 'refused', 'failed'] as const

export type AuditResult = (typeof AUDIT_RESULTS)[number]

/**
 * The two parts of the audit log, each with a bound of its own, so that a flood of submissions or refusals does not push
 * out what administrators did. `control`: what only some roles may do. `traffic`: submissions and refusals.
 */
export const AUDIT_PARTS = ['control', 'traffic'] as const

export type AuditPart = (typeof AUDIT_PARTS)[number]

/** A request, as the audit log stores it. It has no secret, no payload and no other header than the reason. */
export interface AuditEntry {
  actor: (typeof AUDIT_ACTORS)[number]
  /** The id of the API key, or what an unauthenticated client claimed. Null: none. */
  keyId: string | null
  /** The name of the API key or person. Null: none. */
  name: string | null
  /** The tenant of the API key. Null: none. */
  tenant: string | null
  /** What the issuer calls a person. Null: no person. */
  subject: string | null
  /** The id of the operation. */
  operation: string
  /** What it concerned, such as `queues/llm`. Null: no single object. */
  object: string | null
  /** Null: no client over the network, or one that was gone before the entry was made. */
  address: string | null
  requestId: string | null
  /** Why the client made the request. Null: it did not say. */
  reason: string | null
  /** The HTTP status of the answer. */
  status: number
  /** The error code of the answer. Null: none. */
  code: string | null
}

/** An entry as the audit log shows it. */
export interface AuditRecord extends AuditEntry {
  id: string
  /** When it was written, by Redis's clock. */
  at: Date
  result: AuditResult
}

/** How a request with this status ended. */
export function auditResultOf(status: number): AuditResult {
  if (status < 400) return 'done'
  return status < 500 ? 'refused' : 'failed'
}
