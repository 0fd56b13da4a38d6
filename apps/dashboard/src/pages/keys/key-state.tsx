import type { ApiKey } from '@sluice/client'
import { now } from '../../data/now.ts'
import { Badge } from '../../parts/badge.tsx'

/** Whether an API key has stopped working. */
export function isExpired({ expiresAt }: ApiKey): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= now.value
}

/** Whether an API key works. */
export function KeyBadge({ apiKey }: { apiKey: ApiKey }) {
  if (isExpired(apiKey)) return <Badge tone="cancelled">expired</Badge>
  if (apiKey.replacedBy !== null) return <Badge tone="interrupted">replaced</Badge>
  return <Badge tone="completed">active</Badge>
}

/** The queues that an API key is narrowed to. */
export function queuesOf({ queues }: ApiKey): string {
  return queues === null ? 'all' : queues.join(', ')
}
