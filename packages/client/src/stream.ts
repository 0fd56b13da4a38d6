import { ConnectionError, TimeoutError } from './errors.ts'

/**
 * Reads a streamed body as it arrives.
 *
 * @throws {ConnectionError} when the connection breaks, or nothing arrives for `silentMs`.
 */
export async function* readBytes(
  response: Response,
  silentMs: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return
  const reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await readInTime(reader, silentMs, signal)
      if (done) return
      yield value
    }
  } finally {
    // Not awaited: a connection that is half open never confirms it.
    reader.cancel().catch(() => {})
  }
}

/** Reads the text of a streamed body as it arrives, as `readBytes` does. */
export async function* readText(response: Response, silentMs: number, signal?: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const bytes of readBytes(response, silentMs, signal)) yield decoder.decode(bytes, { stream: true })
}

async function readInTime(reader: ReadableStreamDefaultReader<Uint8Array>, silentMs: number, signal?: AbortSignal) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(`The stream was silent for ${silentMs} ms.`)), silentMs)
  })
  try {
    return await Promise.race([reader.read(), silence])
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof ConnectionError ? error : new ConnectionError('The stream broke off.', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
