import { expect, test } from 'vitest'
import { createTimeLog } from '../src/time-log.ts'

test('it returns all moments in order, after growing many times', () => {
  const log = createTimeLog()
  const times = Array.from({ length: 10_000 }, (_, index) => 1.7e12 + index)
  for (const time of times) log.add(time)

  expect(log.toArray()).toEqual(times)
  expect(log.missing()).toBe(0)
})

test('beyond its bound it keeps the first moments and counts the missing ones', () => {
  const log = createTimeLog(3)
  for (const time of [1, 2, 3, 4, 5]) log.add(time)

  expect(log.toArray()).toEqual([1, 2, 3])
  expect(log.missing()).toBe(2)
})
