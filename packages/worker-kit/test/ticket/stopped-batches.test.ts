import { expect, test } from 'vitest'
import { StoppedBatches } from '../../src/ticket/stopped-batches.ts'

test('a task leased before its batch stopped must not start, a task leased later may', () => {
  const stopped = new StoppedBatches()

  stopped.add('a', 3)

  expect(stopped.hasStoppedSince('a', 2)).toBe(true)
  expect(stopped.hasStoppedSince('a', 3)).toBe(false)
  expect(stopped.hasStoppedSince('a', 4)).toBe(false)
  expect(stopped.hasStoppedSince('b', 2)).toBe(false)
})

test('the thousand batches that stopped last are remembered', () => {
  const stopped = new StoppedBatches()
  stopped.add('first', 2)
  stopped.add('second', 2)
  stopped.add('first', 4)

  for (let n = 0; n < 999; n += 1) stopped.add(`other ${n}`, 2)

  expect(stopped.hasStoppedSince('first', 3)).toBe(true)
  expect(stopped.hasStoppedSince('second', 1)).toBe(false)
})

test('a stop is forgotten, unless a later one has come', () => {
  const stopped = new StoppedBatches()
  stopped.add('a', 3)

  stopped.forget('a', 2)
  expect(stopped.hasStoppedSince('a', 2)).toBe(true)
  stopped.forget('a', 3)
  expect(stopped.hasStoppedSince('a', 2)).toBe(false)
})
