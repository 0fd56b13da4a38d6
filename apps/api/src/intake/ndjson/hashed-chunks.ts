import { Fingerprint } from '../fingerprint.ts'

/** Chunks of tasks that arrive, and the fingerprint of the submission that they belong to. */
export class HashedChunks {
  readonly #source: AsyncGenerator<readonly string[]>
  readonly #fingerprint: Fingerprint

  /**
   * @param source the tasks in their order. It is read once.
   * @param settings the submission without its tasks.
   */
  constructor(source: AsyncGenerator<readonly string[]>, settings: unknown) {
    this.#source = source
    this.#fingerprint = new Fingerprint(settings)
  }

  /** The chunks that have not been read. */
  async *chunks(): AsyncGenerator<readonly string[]> {
    for await (const chunk of this.#source) {
      this.#fingerprint.add(chunk)
      yield chunk
    }
  }

  /** Reads the rest of the chunks, and returns the fingerprint of all. */
  async digest(): Promise<string> {
    for await (const chunk of this.#source) this.#fingerprint.add(chunk)
    return this.#fingerprint.digest()
  }
}
