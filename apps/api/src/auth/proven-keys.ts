import type { ApiKeyText } from '@sluice/engine'
import type { KnownApiKey } from './api-key-cache.ts'
import type { Reading } from './recent-reads.ts'

/** An API key as a client has sent it, with what was found out about it. */
export interface KeyCredential extends ApiKeyText {
  readonly kind: 'key'
  /** As it was sent. */
  readonly text: string
  /** The hash that its secret is known to have. Undefined: none yet. */
  hash: string | undefined
  /** What was read of the key when it was last found to be valid. Undefined: it never was. */
  reading: Reading<KnownApiKey> | undefined
}

/** More keys than there are usually. Beyond that, those proven longest ago are forgotten. */
const MAX_PROVEN = 10_000

/**
 * The texts of API keys that were valid when they were sent. A client sends the same one with each request, and neither
 * its checksum nor the hash of its secret needs to be computed again. Each names what was last read of its key, so that one
 * look-up finds the client as long as that reading counts.
 *
 * V8 seeds the hashes of its maps, so the time of a look-up tells nothing about texts that are similar.
 */
export class ProvenKeys {
  readonly #byText = new Map<string, KeyCredential>()

  find(text: string): KeyCredential | undefined {
    return this.#byText.get(text)
  }

  add(key: KeyCredential): void {
    this.#byText.set(key.text, key)
    const [oldest] = this.#byText.keys()
    if (this.#byText.size > MAX_PROVEN && oldest !== undefined) this.#byText.delete(oldest)
  }

  /** Forgets a key that is not valid any more. */
  delete({ text }: KeyCredential): void {
    this.#byText.delete(text)
  }
}
