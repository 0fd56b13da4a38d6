import { setTimeout } from 'node:timers/promises'

/**
 * Waits until a condition holds. For tests that run concurrently, where vitest's `expect.poll` cannot be used.
 *
 * @param timeoutMs Default: 10,000.
 * @throws {Error} naming the condition, with the caller's stack, when it does not hold in time.
 */
export async function until(condition: () => unknown, timeoutMs = 10_000): Promise<void> {
  const late = new Error(`Still not so after ${timeoutMs} ms: ${String(condition)}`)
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw late
    await setTimeout(5)
  }
}
