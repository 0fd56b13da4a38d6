import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../handler.ts'

const MIN_DELAY_MS = 100
const MAX_DELAY_MS = 5000

/**
 * Repeats a step that must not be lost until it succeeds: Redis may be full, loading, or in the middle of a failover,
 * and what a task did is known only here. A lost connection does not even come up: commands wait until it is back.
 */
export async function persistently<T>(what: string, log: Logger, step: () => Promise<T>): Promise<T> {
  for (let delayMs = MIN_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await step()
    } catch (error) {
      log.warn({ err: error, retryInMs: delayMs }, `${what} failed, and is tried again`)
      await sleep(delayMs)
    }
  }
}
