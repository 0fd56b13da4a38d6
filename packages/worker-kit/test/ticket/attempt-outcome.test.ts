import { describe, expect, test } from 'vitest'
import { failed, succeeded, type Attempt } from '../../src/ticket/attempt-outcome.ts'
import { NonRetryableError, OverloadedError, RateLimitedError, RetryableError } from '../../src/errors.ts'

const retry = { maxAttempts: 3, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 }

function attemptOf(number: number): Attempt {
  return { seq: 7, number, maxAttempts: 3, durationMs: 12.5, retry }
}

const first = attemptOf(1)
const last = attemptOf(3)

interface Expected {
  kind: 'failed' | 'retry' | 'postponed'
  failureClass: string
  /** The least and the longest delay, in ms. */
  delay?: readonly [number, number]
  pauseMs?: number
}

const GONE = [0, 0] as const

describe('the outcome of a failed attempt', () => {
  test.for<[string, Attempt, unknown, Expected]>([
    [
      'any error: retried with backoff',
      first,
      new Error('no'),
      { kind: 'retry', failureClass: 'handler', delay: [0, 1000] },
    ],
    [
      'a later attempt: a longer backoff',
      attemptOf(2),
      'no',
      { kind: 'retry', failureClass: 'handler', delay: [0, 2000] },
    ],
    ['the last attempt: failed', last, new Error('no'), { kind: 'failed', failureClass: 'handler' }],
    ['not retryable: failed at once', first, new NonRetryableError('no'), { kind: 'failed', failureClass: 'handler' }],
    ['a status 400: failed at once', first, { status: 400 }, { kind: 'failed', failureClass: 'invalid' }],
    ['a status 401: failed at once', first, { status: 401 }, { kind: 'failed', failureClass: 'auth' }],
    ['a status 500: retried', first, { status: 500 }, { kind: 'retry', failureClass: 'server', delay: [0, 1000] }],
    [
      'a timeout: retried',
      first,
      new RetryableError('late', { failureClass: 'timeout' }),
      { kind: 'retry', failureClass: 'timeout', delay: [0, 1000] },
    ],
    [
      '429 with Retry-After: postponed for that time, with a pause',
      first,
      new RateLimitedError(2000),
      { kind: 'postponed', failureClass: 'rate_limited', delay: [2000, 2200], pauseMs: 2000 },
    ],
    [
      '429 in the last attempt: postponed, as it spends no attempt',
      last,
      new RateLimitedError(2000),
      { kind: 'postponed', failureClass: 'rate_limited', delay: [2000, 2200], pauseMs: 2000 },
    ],
    [
      '429 without Retry-After: postponed, without a pause',
      first,
      new RateLimitedError(),
      { kind: 'postponed', failureClass: 'rate_limited', delay: [1000, 2000] },
    ],
    [
      '429 that names no wait at all: the same as without Retry-After',
      first,
      new RateLimitedError(0),
      { kind: 'postponed', failureClass: 'rate_limited', delay: [1000, 2000] },
    ],
    [
      '429 in an HTTP client’s error: postponed',
      first,
      { response: { status: 429, headers: { 'retry-after': '2' } } },
      { kind: 'postponed', failureClass: 'rate_limited', delay: [2000, 2200], pauseMs: 2000 },
    ],
    [
      '503 with Retry-After: postponed',
      last,
      new OverloadedError('busy', 500),
      { kind: 'postponed', failureClass: 'overloaded', delay: [500, 550], pauseMs: 500 },
    ],
    [
      '503 without Retry-After: retried',
      first,
      new OverloadedError(),
      { kind: 'retry', failureClass: 'overloaded', delay: [0, 1000] },
    ],
    [
      '503 without Retry-After in the last attempt: failed',
      last,
      new OverloadedError(),
      {
        kind: 'failed',
        failureClass: 'overloaded',
      },
    ],
  ])('%s', ([, attempt, thrown, { kind, failureClass, delay: [least, longest] = GONE, pauseMs = 0 }]) => {
    const outcome = failed(attempt, thrown)

    expect(outcome).toMatchObject({ seq: 7, durationMs: 12.5, kind, failureClass, pauseMs })
    const { delayMs } = outcome as { delayMs: number }
    expect(delayMs).toBeGreaterThanOrEqual(least)
    expect(delayMs).toBeLessThanOrEqual(longest)
  })

  test('a task with a single attempt fails at the first', () => {
    expect(failed({ ...first, maxAttempts: 1 }, new Error('no'))).toMatchObject({ kind: 'failed' })
  })
})

describe('the record of a failed attempt', () => {
  test('contains its class, message, status, number and duration', () => {
    const { record } = failed(attemptOf(2), Object.assign(new Error('Not now'), { status: 500 }))

    expect(JSON.parse(record)).toEqual({
      ms: 12.5,
      attempt: 2,
      error: { failureClass: 'server', message: 'Not now', status: 500 },
    })
  })

  test('contains the beginning of the stack for an error in the handler’s own code', () => {
    const { record } = failed(first, new TypeError('x is not a function'))

    const { error } = JSON.parse(record) as { error: { stack: string } }
    expect(error.stack).toContain('attempt-outcome.test.ts')
    expect(error.stack.length).toBeLessThanOrEqual(1000)
  })

  test('contains no stack for an error that says what it means, as those of the worker itself do', () => {
    const { record } = failed(first, new NonRetryableError('The task weighs more than the limit allows.'))

    expect(JSON.parse(record)).toMatchObject({ error: { failureClass: 'handler' } })
    expect(record).not.toContain('stack')
  })

  test('comes with the group that like failures share', () => {
    const groups = [17, 18].map((n) => (failed(first, new Error(`Order ${n} is gone`)) as { group: string }).group)

    expect(groups).toEqual(['handler: Order # is gone', 'handler: Order # is gone'])
  })
})

describe('the record of a completed attempt', () => {
  test.for<[string, unknown, unknown]>([
    ['an object', { a: [1, 'ü', null] }, { a: [1, 'ü', null] }],
    ['nothing, as null', undefined, null],
    ['a function, as null', () => {}, null],
    ['a symbol, as null', Symbol('s'), null],
    ['false', false, false],
    ['NaN, as JSON has it', Number.NaN, null],
    ['200 nested arrays', nested(200), nested(200)],
    ['201 arrays that are not nested', nested(1, 201), nested(1, 201)],
    ['a date, as JSON has it', new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('%s', ([, returned, result]) => {
    const outcome = succeeded(attemptOf(2), returned)

    expect(outcome).toMatchObject({ kind: 'completed', seq: 7, durationMs: 12.5 })
    expect(JSON.parse(outcome.record)).toEqual({ ms: 12.5, attempt: 2, result })
  })

  test.for<[string, () => unknown, RegExp]>([
    ['is circular', circular, /circular/i],
    ['contains a BigInt', () => ({ amount: 10n }), /BigInt/],
    ['throws in toJSON', unwilling, /not me/],
    ['throws undefined in toJSON', () => ({ toJSON: throwUndefined }), /stored as JSON: undefined/],
    ['nests too deep to be read again', () => nested(201), /it nests deeper than 200 levels/],
    ['nests too deep for JSON', () => nested(100_000), /Maximum call stack/],
    ['is too large', () => 'x'.repeat(5_000_000), /5000002 characters long; the maximum is 4194304/],
  ])('a result that %s fails the task at once: another attempt would return the same', ([, build, message]) => {
    const outcome = succeeded(first, build())

    expect(outcome).toMatchObject({ kind: 'failed', failureClass: 'handler' })
    const { error } = JSON.parse(outcome.record) as { error: { message: string } }
    expect(error.message).toMatch(/^The handler's result cannot be stored as JSON: /)
    expect(error.message).toMatch(message)
  })
})

/** Arrays in arrays, `width` of them in the outermost one. */
function nested(levels: number, width = 1): unknown[] {
  let inner: unknown[] = []
  for (let level = 2; level < levels; level += 1) inner = [inner]
  return levels === 1 ? Array.from({ length: width }, () => []) : [inner]
}

function circular(): unknown {
  const result: Record<string, unknown> = {}
  result['self'] = result
  return result
}

function unwilling(): unknown {
  return {
    toJSON() {
      throw new Error('not me')
    },
  }
}

function throwUndefined(): never {
  throw undefined
}
