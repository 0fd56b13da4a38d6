import { createHash } from 'node:crypto'
import { chunkTasks, Yielder } from '@sluice/engine'

/**
 * Identifies the content of a submission: equal for submissions with the same content in the same order, regardless of
 * white space.
 *
 * @param settings The body without its tasks.
 * @param envelopes The text of each task, without white space.
 */
export async function fingerprint(settings: unknown, envelopes: readonly string[]): Promise<string> {
  const yielder = new Yielder()
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const chunk of chunkTasks(envelopes)) {
    if (yielder.isDue) await yielder.yield()
    // JSON without white space has no line breaks, so no other tasks produce the same text.
    hash.update(`\n${chunk.join('\n')}`)
  }
  return hash.digest('hex')
}
