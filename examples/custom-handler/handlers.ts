import { NonRetryableError, type Handlers } from '@sluice/worker-kit'

/** Handlers by task type. */
export default {
  /** Counts the words of the page at `url`. */
  async 'count-words'(payload, { signal, idempotencyKey, log }) {
    const { url } = payload as { url?: unknown }
    if (typeof url !== 'string') throw new NonRetryableError('The payload has no url.')
    const response = await fetch(url, { signal, headers: { 'idempotency-key': idempotencyKey } })
    // The worker reads the status and Retry-After of the cause: a 429 waits, a 404 fails at once, a 500 is retried.
    if (!response.ok) throw new Error(`${url} answered ${response.status}.`, { cause: response })
    const words = (await response.text()).match(/\w+/g) ?? []
    log.debug({ url, words: words.length }, 'counted')
    return { url, words: words.length }
  },
} satisfies Handlers
