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

/** How long a key that is not used stays in memory, once to twice. */
const UNUSED_MS = 60_000

/**
 * The texts of API keys that were valid when they were sent. A client sends the same one with each request, and neither
 * its checksum nor the hash of its secret needs to be computed again. Each names what was last read of its key, so that one
 * look-up finds the client as long as that reading counts.
 *
 * The texts are secrets, so the process forgets them as soon as their key changes, is refused, or is not used for a minute
 * or two.
 *
 * V8 seeds the hashes of its maps, so the time of a look-up tells nothing about texts that are similar.
 */
export class ProvenKeys {
  /** Those that were proven again since `#since`, and those of the time before. */
  #recent = new Map<string, KeyCredential>()
  #earlier = new Map<string, KeyCredential>()
  #since = performance.now()

  find(text: string): KeyCredential | undefined {
    return this.#recent.get(text) ?? this.#earlier.get(text)
  }

  /**
   * Keeps a key that was found to be valid. A key in use is, every few seconds.
   *
   * @param now by the monotonic clock, in ms.
   */
  keep(key: KeyCredential, now: number): void {
    if (now - this.#since >= UNUSED_MS || this.#recent.size >= MAX_PROVEN) {
      this.#earlier = this.#recent
      this.#recent = new Map()
      this.#since = now
    }
    this.#recent.set(key.text, key)
  }

  /** Forgets a key that is not valid any more. */
  delete({ text }: KeyCredential): void {
    this.#recent.delete(text)
    this.#earlier.delete(text)
  }

  /** Forgets all texts of the key with this id. Call it when the key has changed. */
  forget(id: string): void {
    for (const key of [...this.#recent.values(), ...this.#earlier.values()]) if (key.id === id) this.delete(key)
  }
}
