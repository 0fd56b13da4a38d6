import { expect, test } from 'vitest'
import { chooseCoding } from '../../../src/http/compression/choose-coding.ts'

test.each([
  [undefined, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['gzip, deflate', 'gzip'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['GZIP;Q=0.5', 'gzip'],
  ['gzip;q=1, zstd;q=0.9', 'gzip'],
  ['zstd;q=0, gzip', 'gzip'],
  ['*', 'zstd'],
  ['*;q=0.1, zstd;q=0', 'gzip'],
  ['gzip;q=0, *;q=0', undefined],
  ['identity', undefined],
  ['identity;q=0.5, gzip;q=0.4', undefined],
  ['identity;q=0, gzip;q=0.001', 'gzip'],
  ['br', undefined],
  ['gzip;q=2', undefined],
  ['gzip;q=x', undefined],
  ['gzip;q', undefined],
  ['gzip x', undefined],
  ['__proto__, constructor', undefined],
])('for %j, answers in %j', (acceptEncoding, coding) => {
  expect(chooseCoding(acceptEncoding)).toBe(coding)
})
