/** Tasks in one atomic append: about 1 ms of Redis's time. */
export const MAX_CHUNK_TASKS = 1000

/** Bytes in one atomic append; a single larger task makes a chunk of its own. */
export const MAX_CHUNK_BYTES = 1024 * 1024

/** Cuts envelopes into chunks that Redis takes in without holding up others. */
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
