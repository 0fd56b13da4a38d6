import { expect, test } from 'vitest'
import { until } from '../src/index.ts'

test('waits until the condition holds, also one that has to be awaited', async () => {
  let asked = 0

  await until(async () => (asked += 1) === 3)

  expect(asked).toBe(3)
})

test('names the condition that did not hold in time', async () => {
  const isReady = () => false

  await expect(until(isReady, 10)).rejects.toThrow('Still not so after 10 ms: () => false')
})
