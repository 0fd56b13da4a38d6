import { expect, test } from 'vitest'
import { CountsPerMinute } from '../../src/auth/counts-per-minute.ts'

function counted(times: number, address: string, counts = new CountsPerMinute(3)): CountsPerMinute {
  for (let i = 0; i < times; i += 1) counts.add(address, 1000)
  return counts
}

test('an address has as many as it may, and then waits until a minute after the first', () => {
  expect(counted(2, '10.0.0.1').waitMs('10.0.0.1', 2000)).toBe(0)
  expect(counted(3, '10.0.0.1').waitMs('10.0.0.1', 2000)).toBe(59_000)
  expect(counted(9, '10.0.0.1').waitMs('10.0.0.1', 61_000)).toBe(0)
})

test('other addresses do not wait', () => {
  expect(counted(3, '10.0.0.1').waitMs('10.0.0.2', 2000)).toBe(0)
})

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['::1', '::2', true],
  ['2001:db8::', '2001:db8:0:0:5::', true],
  ['::ffff:10.0.0.1', '10.0.0.1', true],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
])('%s and %s wait together: %s', (one, other, isSame) => {
  expect(counted(3, one).waitMs(other, 2000) > 0).toBe(isSame)
})

test('remembers a bounded number of addresses, and forgets those that came longest ago', () => {
  const counts = counted(3, '10.0.0.1')
  for (let i = 0; i < 10_000; i += 1) counts.add(`10.1.${i >> 8}.${i & 255}`, 2000)

  expect(counts.waitMs('10.0.0.1', 2000)).toBe(0)
})

test('the id of an API key counts as itself', () => {
  expect(counted(3, '7Yb3kQ0pXz2M').waitMs('7Yb3kQ0pXz2M', 2000)).toBe(59_000)
  expect(counted(3, '7Yb3kQ0pXz2M').waitMs('7Yb3kQ0pXz2N', 2000)).toBe(0)
})
