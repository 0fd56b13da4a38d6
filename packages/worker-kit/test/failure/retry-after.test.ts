import { describe, expect, test } from 'vitest'
import { parseExhausted, parseRetryAfter, type ResponseHeaders } from '../../src/failure/retry-after.ts'

const now = Date.parse('2026-03-01T12:00:00.000Z')
const MINUTE = 60_000

describe('parseRetryAfter reads', () => {
  test.each<[string, ResponseHeaders, number]>([
    ['seconds', { 'retry-after': '30' }, 30_000],
    ['a fraction of a second, rounded up', { 'retry-after': '1.0001' }, 1_001],
    ['the first of several values', { 'retry-after': ['3', '60'] }, 3_000],
    ['an HTTP date', { 'retry-after': 'Sun, 01 Mar 2026 12:00:20 GMT' }, 20_000],
    ['an HTTP date of RFC 850', { 'retry-after': 'Sunday, 01-Mar-26 12:00:20 GMT' }, 20_000],
    ['an HTTP date of asctime, which has no zone', { 'retry-after': 'Sun Mar  1 12:00:20 2026' }, 20_000],
    ['an HTTP date that has passed', { 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' }, 50],
    ['milliseconds', { 'retry-after-ms': '1234.2' }, 1_235],
    ['Retry-After before milliseconds', { 'retry-after': '2', 'retry-after-ms': '700' }, 2_000],
    ['milliseconds if Retry-After is invalid', { 'retry-after': 'soon', 'retry-after-ms': '700' }, 700],
    ['nothing below 50 ms', { 'retry-after': '0' }, 50],
    ['nothing above 15 minutes', { 'retry-after': '86400' }, 15 * MINUTE],
    ['IETF draft 10', { ratelimit: '"burst";r=0;t=7, "daily";r=100;t=3600' }, 7_000],
    ['IETF draft 7', { ratelimit: 'limit=100, remaining=0, reset=9' }, 9_000],
    ['IETF drafts up to 6', { 'ratelimit-limit': '10', 'ratelimit-remaining': '0', 'ratelimit-reset': '12' }, 12_000],
    ['GitHub, an epoch', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 40) }, 40_000],
    ['an epoch in ms', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 1_234) }, 1_234],
    ['OpenAI', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 6 * MINUTE],
    ['OpenAI, ms', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '120ms' }, 120],
    ['OpenAI, mixed', { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m2.5s' }, 62_500],
    [
      'Anthropic',
      { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-03-01T12:01:00Z' },
      MINUTE,
    ],
    [
      'the longest wait of the exhausted limits only',
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '2s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '5s',
        'x-ratelimit-remaining-images': '3',
        'x-ratelimit-reset-images': '9s',
      },
      5_000,
    ],
  ])('%s', (_, headers, waitMs) => {
    expect(parseRetryAfter(headers, now)).toBe(waitMs)
  })
})

describe('parseRetryAfter ignores', () => {
  test.each<[string, ResponseHeaders]>([
    ['no headers', {}],
    ['words', { 'retry-after': 'soon' }],
    ['a value that only Date.parse accepts as a date', { 'retry-after': '5 apples' }],
    ['a date that does not exist', { 'retry-after': 'Sun, 99 Foo 2026 12:00:20 GMT' }],
    ['negative seconds', { 'retry-after': '-5' }],
    ['an empty value', { 'retry-after': '', 'retry-after-ms': '' }],
    ['hex and exponents', { 'retry-after': '0x10', 'retry-after-ms': '1e3' }],
    ['a reset while something remains', { 'x-ratelimit-remaining': '4', 'x-ratelimit-reset': '60' }],
    ['a remaining of -1', { 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '60' }],
    ['a limit of 0', { 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' }],
    ['a remaining of 0 without a reset', { 'x-ratelimit-remaining': '0' }],
    ['a structured field without a reset', { ratelimit: '"burst";r=0' }],
    ['a structured field of which something remains', { ratelimit: '"burst";r=05;t=7' }],
    ['an invalid structured field', { ratelimit: ';;;=,,' }],
  ])('%s', (_, headers) => {
    expect(parseRetryAfter(headers, now)).toBeUndefined()
  })
})

describe('parseExhausted reads', () => {
  test('the reset of an exhausted limit', () => {
    const headers = {
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': '2026-03-01T12:00:07Z',
    }
    expect(parseExhausted(headers, now)).toBe(7000)
  })

  test('nothing while something remains, even with Retry-After', () => {
    const headers = { 'retry-after': '9', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '60' }
    expect(parseExhausted(headers, now)).toBeUndefined()
  })
})
