import { expect, test } from 'vitest'
import { callAt } from '../src/call-at.ts'

test('it never calls early, even if it is set late in a long tick of the event loop', async () => {
  const earliness: number[] = []
  for (let round = 0; round < 100; round += 1) {
    const busyUntilMs = performance.now() + 3
    while (performance.now() < busyUntilMs) continue
    // Whole ms, so that rounding up adds no margin.
    const dueMs = performance.now() + 2
    await new Promise<void>((resolve) => callAt(dueMs, resolve))
    earliness.push(dueMs - performance.now())
  }

  expect(Math.max(...earliness)).toBeLessThanOrEqual(0)
})

test('it calls at once when the moment has passed', () => {
  let called = false
  callAt(performance.now() - 1, () => (called = true))

  expect(called).toBe(true)
})

test('a cancelled call never happens', async () => {
  const calls: string[] = []
  const cancel = callAt(performance.now() + 20, () => calls.push('cancelled'))

  cancel()

  await new Promise<void>((resolve) => callAt(performance.now() + 40, resolve))
  expect(calls).toEqual([])
})
