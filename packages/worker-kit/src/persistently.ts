import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from './handler.ts'

const MIN_DELAY_MS = 100
const MAX_DELAY_MS = 5000

/**
 * Repeats a step until it succeeds, for steps that must not be lost: Redis may be full, loading or failing over, and
 * only this process knows the outcomes of its tasks. A lost connection does not fail the step: commands wait for the
 * next connection.
 */
export async function persistently<T>(what: string, log: Logger, step: () => Promise<T>): Promise<T> {
  for (let delayMs = MIN_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await step()
    } catch (error) {
      log.warn({ err: error, retryInMs: delayMs }, `${what} failed; retrying`)
      await sleep(delayMs)
    }
  }
}
