import type { ApiKeyText } from '@sluice/engine'

/** An API key as clients have sent it, whose secret is known to have a hash. */
export interface ProvenKey extends ApiKeyText {
  /** The hash of its secret. */
  hash: string
}

/** More keys than there are usually. Beyond that, those proven longest ago are forgotten. */
const MAX_PROVEN = 10_000

/**
 * The texts of API keys that were valid when they were sent. A client sends the same one with each request, and neither
 * its checksum nor the hash of its secret needs to be computed again. Whether the key exists and still has that hash is
 * looked up with each request.
 *
 * V8 seeds the hashes of its maps, so the time of a look-up tells nothing about texts that are similar.
 */
export class ProvenKeys {
  readonly #byText = new Map<string, ProvenKey>()

  find(text: string): ProvenKey | undefined {
    return this.#byText.get(text)
  }

  add(text: string, key: ProvenKey): void {
    this.#byText.set(text, key)
    const [oldest] = this.#byText.keys()
    if (this.#byText.size > MAX_PROVEN && oldest !== undefined) this.#byText.delete(oldest)
  }
}
