import { describe, expect, test, vi } from 'vitest'
import { classifyFailure } from '../../src/failure/classify-failure.ts'
import { NonRetryableError, OverloadedError, RateLimitedError, RetryableError } from '../../src/errors.ts'

const circular: Record<string, unknown> = { code: 7 }
circular.self = circular

const brokenProxy = new Proxy(new Error('inside'), {
  get() {
    throw new Error('no reading')
  },
  getPrototypeOf() {
    throw new Error('no prototype')
  },
  has() {
    throw new Error('no asking')
  },
  ownKeys() {
    throw new Error('no listing')
  },
})

const { proxy: revokedProxy, revoke } = Proxy.revocable({}, {})
revoke()

const unshowable = Object.defineProperty(() => {}, 'name', {
  get() {
    throw new Error('no name')
  },
})

const throwingGetters = {
  get message() {
    throw new Error('no message')
  },
  get status() {
    throw new Error('no status')
  },
  get [Symbol.toStringTag]() {
    throw new Error('no tag')
  },
  toString() {
    throw new Error('no text')
  },
}

const circularCause = new Error('outer')
circularCause.cause = circularCause

function withProperties(message: string, properties: object): Error {
  return Object.assign(new Error(message), properties)
}

describe('classifyFailure, whatever was thrown', () => {
  test.each([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a string', 'it broke', 'it broke'],
    ['an empty string', '', "''"],
    ['a number', 404, '404'],
    ['a bigint', 12n, '12n'],
    ['a symbol', Symbol('odd'), 'Symbol(odd)'],
    ['a plain object', { reason: 'odd' }, "{ reason: 'odd' }"],
    ['an object with a message', { message: 'said so' }, 'said so'],
    ['a circular object', circular, '<ref *1> { code: 7, self: [Circular *1] }'],
    ['an error without a message', new TypeError(''), 'TypeError without a message'],
    ['an error with an object for a message', withProperties('', { message: { a: 1 } }), '{ a: 1 }'],
    ['a function that cannot be displayed', unshowable, 'a value that cannot be displayed'],
    ['an error that causes itself', circularCause, 'outer'],
  ])('%s becomes a retryable failure of class handler with a readable message', (_, thrown, message) => {
    expect(classifyFailure(thrown)).toMatchObject({ failureClass: 'handler', retryable: true, message })
  })

  test.each([
    ['a proxy that throws', brokenProxy],
    ['a revoked proxy', revokedProxy],
    ['throwing getters', throwingGetters],
    ['a function', () => {}],
    ['an object without a prototype', Object.create(null)],
    ['errors that is a revoked proxy', { errors: revokedProxy, headers: revokedProxy, response: revokedProxy }],
  ])('%s is handled, with a message that is not empty', (_, thrown) => {
    const failure = classifyFailure(thrown)

    expect(failure).toMatchObject({ failureClass: 'handler', retryable: true })
    expect(failure.message).not.toBe('')
  })

  test('keeps the name of an error, and its message and stack within their bounds', () => {
    const failure = classifyFailure(new RangeError('x'.repeat(1_000_000)))

    expect(failure.message).toHaveLength(2_000)
    expect(failure.stack).toHaveLength(4_000)
    expect(failure.name).toBe('RangeError')
  })

  test('adds the message of the cause, and those inside an AggregateError without a message', () => {
    const aggregate = new AggregateError([new Error('first way'), new Error('second way')], '')

    const failure = classifyFailure(new TypeError('fetch failed', { cause: aggregate }))

    expect(failure.message).toBe('fetch failed: first way; second way')
  })
})

describe('classifyFailure, by type', () => {
  test.each([
    [new NonRetryableError('no'), { failureClass: 'handler', retryable: false }],
    [new NonRetryableError('no', { failureClass: 'invalid' }), { failureClass: 'invalid', retryable: false }],
    [new NonRetryableError('no', { status: 503 }), { failureClass: 'overloaded', retryable: false, status: 503 }],
    [new RetryableError('later', { status: 404 }), { failureClass: 'invalid', retryable: true, status: 404 }],
    [new RateLimitedError(1_500), { failureClass: 'rate_limited', retryable: true, retryAfterMs: 1_500 }],
    [new RateLimitedError(), { failureClass: 'rate_limited', retryable: true, retryAfterMs: undefined }],
    [
      new OverloadedError('busy', 700),
      { failureClass: 'overloaded', retryable: true, retryAfterMs: 700, message: 'busy' },
    ],
  ])('%o carries its own meaning', (thrown, meaning) => {
    expect(classifyFailure(thrown)).toMatchObject({ ...meaning, name: thrown.constructor.name })
  })

  test('errors of another copy of this package mean the same', async () => {
    vi.resetModules()
    const copy = await import('../../src/errors.ts')
    const thrown = new copy.NonRetryableError('no', { failureClass: 'auth' })

    expect(thrown).not.toBeInstanceOf(NonRetryableError)
    expect(classifyFailure(thrown)).toMatchObject({ failureClass: 'auth', retryable: false })
  })

  test('an error that wraps another keeps the meaning of its cause', () => {
    const cause = new NonRetryableError('the key is dead', { failureClass: 'auth' })

    const failure = classifyFailure(new Error('translating page 3', { cause }))

    expect(failure).toMatchObject({ failureClass: 'auth', retryable: false })
    expect(failure.message).toBe('translating page 3: the key is dead')
  })

  test('AbortSignal.timeout is a timeout, also inside the AbortError of a Node API', async () => {
    const signal = AbortSignal.timeout(1)
    await expect.poll(() => signal.aborted).toBe(true)

    expect(classifyFailure(signal.reason)).toMatchObject({ failureClass: 'timeout', retryable: true })
    const wrapped = new DOMException('aborted', { name: 'AbortError', cause: signal.reason })
    expect(classifyFailure(wrapped)).toMatchObject({ failureClass: 'timeout', retryable: true })
  })
})

describe('classifyFailure, by status', () => {
  test.each([
    [400, 'invalid', false],
    [401, 'auth', false],
    [403, 'auth', false],
    [404, 'invalid', false],
    [408, 'timeout', true],
    [422, 'invalid', false],
    [429, 'rate_limited', true],
    [500, 'server', true],
    [502, 'overloaded', true],
    [503, 'overloaded', true],
    [504, 'server', true],
  ])('%i is %s', (status, failureClass, retryable) => {
    const meaning = { failureClass, retryable, status }

    expect(classifyFailure(withProperties('x', { status }))).toMatchObject(meaning)
    expect(classifyFailure(withProperties('x', { statusCode: status }))).toMatchObject(meaning)
    expect(classifyFailure(withProperties('x', { response: { status } }))).toMatchObject(meaning)
  })

  test.each([200, 304, 0, -1, 999, Number.NaN, '429', 4.29])('%s is not the status of a failure', (status) => {
    expect(classifyFailure(withProperties('x', { status })).failureClass).toBe('handler')
  })

  test('a 429 keeps the wait of its headers, whether Headers or a plain object', () => {
    const headers = { 'retry-after': '2' }

    for (const thrown of [{ status: 429, headers }, { response: { status: 429, headers: new Headers(headers) } }]) {
      expect(classifyFailure(thrown)).toMatchObject({ failureClass: 'rate_limited', retryAfterMs: 2_000 })
    }
  })

  test('the status takes precedence over the code, and the code over the message', () => {
    const thrown = withProperties('429 rate limit', { code: 'ECONNRESET' })

    expect(classifyFailure(thrown).failureClass).toBe('network')
    expect(classifyFailure(Object.assign(thrown, { status: 404 })).failureClass).toBe('invalid')
  })
})

describe('classifyFailure, by code and by message', () => {
  test.each([
    ['ECONNREFUSED', 'network'],
    ['ECONNRESET', 'network'],
    ['ENOTFOUND', 'network'],
    ['EPIPE', 'network'],
    ['EAI_AGAIN', 'network'],
    ['UND_ERR_SOCKET', 'network'],
    ['HPE_INVALID_CONSTANT', 'network'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout'],
    ['ERR_INVALID_ARG_TYPE', 'handler'],
  ])('%s is %s, of the error or of its causes', (code, failureClass) => {
    const error = withProperties('x', { code })

    expect(classifyFailure(error)).toMatchObject({ failureClass, retryable: true })
    expect(classifyFailure(new Error('a', { cause: new Error('b', { cause: error }) })).failureClass).toBe(failureClass)
    expect(classifyFailure(new AggregateError([error])).failureClass).toBe(failureClass)
  })

  test('of several failures, the retryable one counts', () => {
    const failures = [withProperties('gone', { status: 410 }), withProperties('cut', { code: 'ECONNRESET' })]

    expect(classifyFailure(new AggregateError(failures))).toMatchObject({ failureClass: 'network', retryable: true })
  })

  test.each([
    ['Request failed with status code 429', 'rate_limited'],
    ['Rate limit exceeded', 'rate_limited'],
    ['rate_limit_error', 'rate_limited'],
    ['HTTP 502', 'overloaded'],
    ['503: try later', 'overloaded'],
    ['Bad Gateway', 'overloaded'],
    ['Service Unavailable', 'overloaded'],
    ['401 unauthorized', 'handler'],
    ['timeout', 'handler'],
    ['row 14290 is odd', 'handler'],
  ])('the message "%s" alone is %s', (text, failureClass) => {
    expect(classifyFailure(text)).toMatchObject({ failureClass, retryable: true })
    expect(classifyFailure(new Error(text)).failureClass).toBe(failureClass)
  })
})
