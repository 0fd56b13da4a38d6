/** Maximum number of tasks in one atomic append: about 1 ms of Redis's time. */
export const MAX_CHUNK_TASKS = 1000

/** Maximum number of bytes in one atomic append. A larger task forms a chunk of its own. */
export const MAX_CHUNK_BYTES = 1024 * 1024

/** Cuts envelopes into chunks that do not block Redis for long. */
export function* chunkTasks(envelopes: readonly string[]): Generator<string[]> {
  let chunk: string[] = []
  let bytes = 0
  for (const envelope of envelopes) {
    if (chunk.length > 0 && (chunk.length === MAX_CHUNK_TASKS || bytes + envelope.length > MAX_CHUNK_BYTES)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(envelope)
    bytes += envelope.length
  }
  if (chunk.length > 0) yield chunk
}
