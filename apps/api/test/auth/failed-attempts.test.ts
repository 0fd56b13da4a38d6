import { expect, test } from 'vitest'
import { FailedAttempts } from '../../src/auth/failed-attempts.ts'

function failed(times: number, address: string, attempts = new FailedAttempts(3)): FailedAttempts {
  for (let i = 0; i < times; i += 1) attempts.add(address, 1000)
  return attempts
}

test('an address has as many failures as it may, and then waits until a minute after the first', () => {
  expect(failed(2, '10.0.0.1').waitMs('10.0.0.1', 2000)).toBe(0)
  expect(failed(3, '10.0.0.1').waitMs('10.0.0.1', 2000)).toBe(59_000)
  expect(failed(9, '10.0.0.1').waitMs('10.0.0.1', 61_000)).toBe(0)
})

test('other addresses do not wait', () => {
  expect(failed(3, '10.0.0.1').waitMs('10.0.0.2', 2000)).toBe(0)
})

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['::1', '::2', true],
  ['2001:db8::', '2001:db8:0:0:5::', true],
  ['::ffff:10.0.0.1', '10.0.0.1', true],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.2', false],
])('%s and %s wait together: %s', (one, other, isSame) => {
  expect(failed(3, one).waitMs(other, 2000) > 0).toBe(isSame)
})

test('remembers a bounded number of addresses, and forgets those that failed longest ago', () => {
  const attempts = failed(3, '10.0.0.1')
  for (let i = 0; i < 10_000; i += 1) attempts.add(`10.1.${i >> 8}.${i & 255}`, 2000)

  expect(attempts.waitMs('10.0.0.1', 2000)).toBe(0)
})
