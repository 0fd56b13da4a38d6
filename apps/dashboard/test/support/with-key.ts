import type { Role, Sluice } from '@sluice/client'
import type { BrowserContextOptions } from 'playwright-core'

/** The options of a browser whose requests carry a new API key. */
export async function withKey(
  sluice: Sluice,
  role: Role,
  { queues = null }: { queues?: string[] | null } = {},
): Promise<BrowserContextOptions> {
  const { key } = await sluice.keys.create({ name: `a ${role}`, role, queues })
  return { extraHTTPHeaders: { 'x-api-key': key } }
}
