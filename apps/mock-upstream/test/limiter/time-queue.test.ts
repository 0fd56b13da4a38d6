import { expect, test } from 'vitest'
import { createTimeQueue } from '../../src/limiter/time-queue.ts'

test('an empty queue has neither an oldest nor a newest', () => {
  const queue = createTimeQueue()
  queue.push(1)
  queue.dropUntil(1)

  expect([queue.size(), queue.oldest(), queue.newest()]).toEqual([0, undefined, undefined])
})

test('it removes moments up to and including the given one, and none later', () => {
  const queue = createTimeQueue()
  for (const time of [1, 2, 2, 3]) queue.push(time)

  queue.dropUntil(2)

  expect([queue.size(), queue.oldest(), queue.newest()]).toEqual([1, 3, 3])
})

test('it keeps the order over many more moments than it contains at once', () => {
  const queue = createTimeQueue()
  for (let time = 1; time <= 100_000; time += 1) {
    queue.push(time)
    queue.dropUntil(time - 3000)
  }

  expect([queue.size(), queue.oldest(), queue.newest()]).toEqual([3000, 97_001, 100_000])
})
