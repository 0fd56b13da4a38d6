import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { range } from '../src/range.ts'
import { mapYielding, Yielder } from '../src/yielder.ts'

test('each tick continues only one piece of long work', async () => {
  const yieldsByTick: number[] = []
  const work = async () => {
    const yielder = new Yielder()
    for (let i = 0; i < 5; i += 1) {
      await yielder.yield()
      yieldsByTick[yieldsByTick.length - 1] = (yieldsByTick.at(-1) ?? 0) + 1
    }
  }
  const seen = { isDone: false }

  const all = Promise.all(range(10).map(work)).finally(() => (seen.isDone = true))
  while (!seen.isDone) {
    yieldsByTick.push(0)
    await setImmediate()
  }

  await all
  expect(yieldsByTick.reduce((sum, yields) => sum + yields, 0)).toBe(50)
  expect(Math.max(...yieldsByTick)).toBe(1)
})

test('pieces of long work continue in turn', async () => {
  const order: number[] = []
  const work = async (who: number) => {
    const yielder = new Yielder()
    for (let i = 0; i < 3; i += 1) {
      await yielder.yield()
      order.push(who)
    }
  }

  await Promise.all(range(3).map(work))

  expect(order).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2])
})

test('mapYielding lets the event loop run between slow items', async () => {
  let ticks = 0
  const seen = { isDone: false }
  const spin = (item: number) => {
    for (const until = performance.now() + 2; performance.now() < until;);
    return item * 2
  }

  const mapping = mapYielding(range(30), spin).finally(() => (seen.isDone = true))
  for (; !seen.isDone; ticks += 1) await setImmediate()

  expect(await mapping).toEqual(range(30).map((item) => item * 2))
  expect(ticks).toBeGreaterThan(5)
})
