/** The server refused a request of the demo. */
class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError'
}

/**
 * Sends a request as `curl` would, and returns the response.
 *
 * @throws {RequestFailedError} for any status other than 2xx.
 */
export async function request(url: string, method = 'GET', body?: unknown): Promise<Response> {
  const isStream = body instanceof ReadableStream
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': isStream ? 'application/x-ndjson' : 'application/json' },
      body: isStream ? body : JSON.stringify(body),
      // Node requires this for a streamed body. It means that the response comes after the request.
      duplex: 'half',
    }),
  })
  if (response.ok) return response
  throw new RequestFailedError(`${method} ${url} failed with ${response.status}: ${await response.text()}`)
}
