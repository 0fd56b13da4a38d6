const PART_BYTES = 65_536

/**
 * Like `fetch`, and sends a body of bytes as a stream. `fetch` copies bytes before it sends them, and the copies of 20 requests
 * wait for the garbage collector: an upload of 100 MB took 164 MB of memory with bytes, and 93 MB with a stream.
 */
export const fetchStreaming: typeof fetch = (input, init) => {
  if (!(init?.body instanceof Uint8Array)) return fetch(input, init)
  const headers = new Headers(init.headers)
  headers.set('content-length', String(init.body.length))
  return fetch(input, { ...init, headers, body: streamOf(init.body), duplex: 'half' })
}

/** Parts of the same memory. A body is not changed before its request has ended. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (at >= bytes.length) return controller.close()
    controller.enqueue(bytes.subarray(at, at + PART_BYTES))
    at += PART_BYTES
  }
  return new ReadableStream({ pull }, { highWaterMark: 0 })
}
