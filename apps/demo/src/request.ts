import { readFileSync } from 'node:fs'
import type { DemoSettings } from './settings.ts'

/** The server refused a request of the demo. */
class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError'
}

/** Sends a request to the API, with the API key of the demo. */
export type Api = (url: string, method?: string, body?: unknown) => Promise<Response>

/** Reads the API key of the demo. */
export function connectApi({ SLUICE_API_KEY_FILE: file }: DemoSettings): Api {
  const key = file === undefined ? undefined : readFileSync(file, 'utf8').trim()
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` }
  return (url, method, body) => request(url, method, body, headers)
}

/**
 * Sends a request as `curl` would, and returns the response.
 *
 * @throws {RequestFailedError} for any status other than 2xx.
 */
export async function request(
  url: string,
  method = 'GET',
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const isStream = body instanceof ReadableStream
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && {
      headers: { ...headers, 'content-type': isStream ? 'application/x-ndjson' : 'application/json' },
      body: isStream ? body : JSON.stringify(body),
      // Node requires this for a streamed body. It means that the response comes after the request.
      duplex: 'half',
    }),
  })
  if (response.ok) return response
  throw new RequestFailedError(`${method} ${url} failed with ${response.status}: ${await response.text()}`)
}
