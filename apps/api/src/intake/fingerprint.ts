import { createHash } from 'node:crypto'
import { chunkTasks, Yielder } from '@sluice/engine'

/**
 * Identifies the content of a submission: equal for submissions with the same content in the same order, however their
 * tasks were cut into chunks.
 */
export class Fingerprint {
  readonly #hash

  /** @param settings the submission without its tasks. */
  constructor(settings: unknown) {
    this.#hash = createHash('sha256').update(JSON.stringify(settings))
  }

  /** Adds the text of tasks. */
  add(envelopes: readonly string[]): void {
    // Neither JSON without white space nor a line of NDJSON has line breaks, so no other tasks produce the same text.
    this.#hash.update(`\n${envelopes.join('\n')}`)
  }

  /** Ends the fingerprint: nothing can be added any more. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}

/**
 * The fingerprint of a submission whose tasks have all arrived.
 *
 * @param settings The body without its tasks.
 * @param envelopes The text of each task, without white space.
 */
export async function fingerprint(settings: unknown, envelopes: readonly string[]): Promise<string> {
  const yielder = new Yielder()
  const whole = new Fingerprint(settings)
  for (const chunk of chunkTasks(envelopes)) {
    if (yielder.isDue) await yielder.yield()
    whole.add(chunk)
  }
  return whole.digest()
}
