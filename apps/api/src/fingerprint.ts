import { createHash } from 'node:crypto'
import { chunkTasks, Yielder } from '@sluice/engine'

/**
 * Tells submissions apart: equal for those that say the same in the same order, whatever their white space.
 *
 * @param settings the body without its tasks.
 * @param envelopes the text of each task, without white space.
 */
export async function fingerprint(settings: unknown, envelopes: readonly string[]): Promise<string> {
  const yielder = new Yielder()
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const chunk of chunkTasks(envelopes)) {
    if (yielder.isDue) await yielder.yield()
    // JSON without white space has no line breaks, so that no other tasks make the same text.
    hash.update(`\n${chunk.join('\n')}`)
  }
  return hash.digest('hex')
}
