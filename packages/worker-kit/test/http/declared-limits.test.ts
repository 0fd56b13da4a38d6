import { describe, expect, test } from 'vitest'
import { parseDeclaredLimits } from '../../src/http/declared-limits.ts'

const NOW = Date.parse('2026-01-31T12:00:00Z')

describe('the limits that headers declare', () => {
  test('in the current IETF draft, with what remains of each', () => {
    const headers = {
      'ratelimit-policy': '"burst";q=100;w=60, "daily";q=1000;w=86400',
      ratelimit: '"burst";r=50;t=30',
    }

    expect(parseDeclaredLimits(headers, NOW)).toEqual([
      { unit: 'requests', max: 100, perMs: 60_000, remaining: 50, resetMs: 30_000 },
      { unit: 'requests', max: 1000, perMs: 86_400_000, remaining: undefined, resetMs: undefined },
    ])
  })

  test('in the current IETF draft are at most 32', () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => i + 1)
    const headers = {
      'ratelimit-policy': numbers.map((i) => `"p${i}";q=${i};w=60`).join(', '),
      ratelimit: numbers.map((i) => `"p${i}";r=0;t=1`).join(', '),
    }

    const limits = parseDeclaredLimits(headers, NOW)

    expect(limits.map(({ max }) => max)).toEqual(numbers.slice(0, 32))
    expect(limits.map(({ remaining }) => remaining)).toEqual(Array.from({ length: 32 }, () => 0))
  })

  test('in the current IETF draft, of another unit', () => {
    const headers = { 'ratelimit-policy': '"traffic";q=65535;qu="content-bytes";w=10' }

    expect(parseDeclaredLimits(headers, NOW)).toMatchObject([{ unit: 'content-bytes', max: 65_535, perMs: 10_000 }])
  })

  test('in the early IETF drafts, with the windows of all of them', () => {
    const headers = {
      'ratelimit-limit': '10, 10;w=1, 50;w=60',
      'ratelimit-remaining': '9',
      'ratelimit-reset': '1',
    }

    expect(parseDeclaredLimits(headers, NOW)).toEqual([
      { unit: 'requests', max: 10, perMs: 1000, remaining: 9, resetMs: 1000 },
    ])
  })

  test("GitHub's, whose reset is a time", () => {
    const headers = {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4999',
      'x-ratelimit-reset': String(NOW / 1000 + 1800),
    }

    expect(parseDeclaredLimits(headers, NOW)).toEqual([
      { unit: 'requests', max: 5000, perMs: undefined, remaining: 4999, resetMs: 1_800_000 },
    ])
  })

  test("OpenAI's, of requests and of tokens", () => {
    const headers = {
      'x-ratelimit-limit-requests': '500',
      'x-ratelimit-remaining-requests': '499',
      'x-ratelimit-reset-requests': '120ms',
      'x-ratelimit-limit-tokens': '200000',
      'x-ratelimit-remaining-tokens': '150000',
      'x-ratelimit-reset-tokens': '6m0s',
    }

    expect(parseDeclaredLimits(headers, NOW)).toEqual([
      { unit: 'requests', max: 500, perMs: undefined, remaining: 499, resetMs: 120 },
      { unit: 'tokens', max: 200_000, perMs: undefined, remaining: 150_000, resetMs: 360_000 },
    ])
  })

  test("Anthropic's", () => {
    const headers = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-01-31T12:00:02Z',
    }

    expect(parseDeclaredLimits(headers, NOW)).toEqual([
      { unit: 'requests', max: 50, perMs: undefined, remaining: 49, resetMs: 2000 },
    ])
  })

  test('with the window in the name of the header', () => {
    const headers = { 'x-ratelimit-limit-requests-minute': '30', 'x-ratelimit-remaining-requests-minute': '29' }

    expect(parseDeclaredLimits(headers, NOW)).toMatchObject([{ unit: 'requests', max: 30, perMs: 60_000 }])
  })

  test.each([
    [{}],
    [{ 'x-ratelimit-limit': '-1', 'x-ratelimit-remaining': '-1' }],
    [{ 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' }],
    [{ 'x-ratelimit-limit': 'many', 'x-ratelimit-remaining': '3' }],
    [{ 'x-ratelimit-remaining': '3' }],
    [{ 'ratelimit-policy': '' }],
  ])('are none in %o', (headers) => {
    expect(parseDeclaredLimits(headers, NOW)).toEqual([])
  })
})
