/** A request of the demo was refused. */
class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError'
}

/** Sends a request as `curl` would and returns the response. Throws `RequestFailedError` for anything but 2xx. */
export async function request(url: string, method = 'GET', body?: unknown): Promise<Response> {
  const isStream = body instanceof ReadableStream
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': isStream ? 'application/x-ndjson' : 'application/json' },
      body: isStream ? body : JSON.stringify(body),
      // Node streams a request body only with this, which says that the response comes after it.
      duplex: 'half',
    }),
  })
  if (response.ok) return response
  throw new RequestFailedError(`${method} ${url} was answered ${response.status}: ${await response.text()}`)
}
