import { CountsPerMinute } from '../auth/counts-per-minute.ts'

/** The maximum number of entries of refused clients that a process writes in a minute, for all addresses together. */
const MAX_PER_MINUTE = 60

/**
 * Decides which refusals get an entry: those of a client that is not known, or that sends too many requests, come in
 * floods. The first one of an address or API key in a minute gets one.
 */
export class RefusalSamples {
  readonly #ofEach = new CountsPerMinute(1)
  readonly #ofAll = new CountsPerMinute(MAX_PER_MINUTE)

  /** Whether a refusal of this client gets an entry. */
  take(client: string): boolean {
    if (this.#ofEach.waitMs(client) > 0 || this.#ofAll.waitMs('all') > 0) return false
    this.#ofEach.add(client)
    this.#ofAll.add('all')
    return true
  }
}
