import { ConnectionError, TimeoutError } from './errors.ts'

/**
 * Reads the text of a streamed body as it arrives.
 *
 * @throws {ConnectionError} when the connection breaks, or nothing arrives for `silentMs`.
 */
export async function* readText(response: Response, silentMs: number, signal?: AbortSignal): AsyncGenerator<string> {
  if (response.body === null) return
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await readInTime(reader, silentMs, signal)
      if (done) return
      yield decoder.decode(value, { stream: true })
    }
  } finally {
    // Not awaited: a connection that is half open never confirms it.
    reader.cancel().catch(() => {})
  }
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
