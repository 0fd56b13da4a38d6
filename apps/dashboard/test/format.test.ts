import { describe, expect, test } from 'vitest'
import { bytes, countOf, percent, rate } from '../src/format/numbers.ts'
import { duration, roughly } from '../src/format/durations.ts'
import { matchPath } from '../src/routing/match-path.ts'

test('only what is whole is 0 % or 100 %', () => {
  expect([0, 0.004, 12.34, 99.96, 100].map(percent)).toEqual(['0 %', '0.1 %', '12.3 %', '99.9 %', '100 %'])
})

test('numbers read like text', () => {
  expect([rate(0), rate(0.42), rate(1234.5)]).toEqual(['0/s', '0.4/s', '1,235/s'])
  expect([bytes(0), bytes(1023), bytes(3_250_586), bytes(5e12)]).toEqual(['0 B', '1023 B', '3.1 MB', '4.5 TB'])
  expect([countOf(1, 'task'), countOf(12_345, 'task')]).toEqual(['1 task', '12,345 tasks'])
})

test('durations have at most two units', () => {
  expect([3, 3200, 65_000, 3_900_000, 90_000_000].map(duration)).toEqual(['3ms', '3.2s', '1m 5s', '1h 5m', '1d 1h'])
  expect([3, 3200, 119_000, 7_300_000, 180_000_000].map(roughly)).toEqual(['now', '3s', '1m', '2h', '2d'])
})

describe('matchPath', () => {
  test('reads parameters, also badly encoded ones', () => {
    expect(matchPath('batches/:id/:tab', 'batches/a%20b/100%')).toEqual({ id: 'a b', tab: '100%' })
  })

  test('fits nothing longer or shorter', () => {
    expect([matchPath('batches', 'batches/1'), matchPath('batches/:id', 'batches')]).toEqual([undefined, undefined])
  })
})
