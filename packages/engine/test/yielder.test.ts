import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { range } from '../src/range.ts'
import { mapYielding, Yielder } from '../src/yielder.ts'

test('a turn of the loop goes on with one piece of long work, however many there are', async () => {
  const slicesByTurn: number[] = []
  const work = async () => {
    const yielder = new Yielder()
    for (let i = 0; i < 5; i += 1) {
      await yielder.yield()
      slicesByTurn[slicesByTurn.length - 1] = (slicesByTurn.at(-1) ?? 0) + 1
    }
  }
  const seen = { isDone: false }

  const all = Promise.all(range(10).map(work)).finally(() => (seen.isDone = true))
  while (!seen.isDone) {
    slicesByTurn.push(0)
    await setImmediate()
  }

  await all
  expect(slicesByTurn.reduce((sum, slices) => sum + slices, 0)).toBe(50)
  expect(Math.max(...slicesByTurn)).toBe(1)
})

test('everybody gets on in turn', async () => {
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

test('what takes long with each of many items lets the loop turn in between', async () => {
  let turns = 0
  const seen = { isDone: false }
  const spin = (item: number) => {
    for (const until = performance.now() + 2; performance.now() < until;);
    return item * 2
  }

  const mapping = mapYielding(range(30), spin).finally(() => (seen.isDone = true))
  for (; !seen.isDone; turns += 1) await setImmediate()

  expect(await mapping).toEqual(range(30).map((item) => item * 2))
  expect(turns).toBeGreaterThan(5)
})
