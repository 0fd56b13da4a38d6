import { DEFAULT_PORT } from './mock-server.ts'
import type { ServiceSettings } from './service-settings.ts'

const DEFAULT_URL = `http://localhost:${DEFAULT_PORT}`

/** Creates or replaces a service of a running server over HTTP. Returns the response, even if it is an error. */
export async function createMockService(
  name: string,
  settings: ServiceSettings,
  mockUrl = DEFAULT_URL,
): Promise<Response> {
  return await fetch(`${mockUrl}/service/${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(settings),
  })
}
