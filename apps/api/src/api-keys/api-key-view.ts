import type { ApiKeyView, NewApiKeyView, SessionView } from '@sluice/contracts'
import type { ApiKey, CreatedApiKey } from '@sluice/engine'
import type { Principal } from '../http/principal.ts'

/** An API key as the API answers it. */
export function apiKeyView(apiKey: ApiKey): ApiKeyView {
  return {
    id: apiKey.id,
    name: apiKey.name,
    role: apiKey.role,
    tenant: apiKey.tenant,
    queues: apiKey.queues === null ? null : [...apiKey.queues],
    createdAt: apiKey.createdAt.toISOString(),
    createdBy: apiKey.createdBy,
    expiresAt: apiKey.expiresAt?.toISOString() ?? null,
    lastUsedAt: apiKey.lastUsedAt?.toISOString() ?? null,
    replacedBy: apiKey.replacedBy,
  }
}

/** A new API key with its text. */
export function newApiKeyView({ apiKey, text }: CreatedApiKey): NewApiKeyView {
  return { ...apiKeyView(apiKey), key: text }
}

/** Who makes a request, as the API answers it. */
export function sessionView(principal: Principal): SessionView {
  const { kind, keyId, name, subject, role, permissions, tenant, queues, expiresAt } = principal
  return {
    kind,
    keyId,
    name,
    subject,
    role,
    permissions: [...permissions],
    tenant,
    queues: queues === null ? null : [...queues],
    expiresAt: expiresAt?.toISOString() ?? null,
  }
}
