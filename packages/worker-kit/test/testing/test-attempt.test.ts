import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { NonRetryableError, OverloadedError, RateLimitedError } from '../../src/errors.ts'
import type { Handler, HandlerContext } from '../../src/handler.ts'
import { createHttpHandler } from '../../src/http/http-handler.ts'
import { testAttempt } from '../../src/testing/index.ts'

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

function throwing(error: unknown): Handler {
  return () => {
    throw error
  }
}

describe('testAttempt', () => {
  test('gives a handler the payload as JSON has it, and the context of its attempt', async () => {
    const seen: [unknown, HandlerContext][] = []
    const handler: Handler = (payload, context) => void seen.push([payload, context])

    await testAttempt(handler, { at: new Date(0), none: undefined })
    await testAttempt(handler, undefined, {
      attempt: 2,
      retry: { maxAttempts: 5 },
      attemptTimeoutMs: 1000,
      batchId: 'b',
      seq: 7,
      key: 'k',
      queue: 'llm',
      traceparent: TRACE,
      http: { timeoutMs: 5 },
    })

    expect(seen[0]?.[0]).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    expect(seen[0]?.[1]).toMatchObject({
      batchId: 'test',
      queue: 'default',
      seq: 0,
      attempt: 1,
      maxAttempts: 3,
      http: {},
    })
    expect(seen[0]?.[1].key).toBeUndefined()
    const context = seen[1]?.[1]
    expect(context).toMatchObject({ batchId: 'b', queue: 'llm', seq: 7, key: 'k', attempt: 2, maxAttempts: 5 })
    expect(context?.idempotencyKey).toBe('b-7')
    expect(context?.http).toEqual({ timeoutMs: 5 })
    expect(context?.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
    expect(context?.signal.aborted).toBe(false)
    expect(Math.abs((context?.deadline.getTime() ?? 0) - Date.now() - 1000)).toBeLessThan(900)
  })

  test.for<[string, Handler, number, object]>([
    [
      'a result, as it is read again',
      () => ({ at: new Date(0) }),
      1,
      { kind: 'completed', result: { at: '1970-01-01T00:00:00.000Z' } },
    ],
    ['no result', async () => {}, 1, { kind: 'completed', result: null }],
    [
      'an error',
      throwing(new Error('no')),
      1,
      { kind: 'retry', error: { failureClass: 'handler', message: 'no' }, group: 'handler: no' },
    ],
    ['the last attempt', throwing(new Error('no')), 3, { kind: 'failed', delayMs: 0 }],
    [
      'an error that no attempt can repair',
      throwing(new NonRetryableError('no')),
      1,
      { kind: 'failed', error: { message: 'no' } },
    ],
    ['a status', throwing({ status: 401 }), 1, { kind: 'failed', error: { failureClass: 'auth', status: 401 } }],
    [
      'a 429 with a time',
      throwing(new RateLimitedError(2000)),
      3,
      { kind: 'postponed', limit: { weights: {}, pauseMs: 2000 } },
    ],
    [
      'a 429 without a time',
      throwing(new RateLimitedError()),
      3,
      { kind: 'postponed', limit: { weights: {}, pauseMs: 0 } },
    ],
    [
      'a 503 without a time',
      throwing(new OverloadedError()),
      1,
      { kind: 'retry', error: { failureClass: 'overloaded' } },
    ],
    [
      'a result that has no JSON',
      () => 10n,
      1,
      { kind: 'failed', error: { message: expect.stringContaining('BigInt') } },
    ],
    [
      'a result that is too long',
      () => 'x'.repeat(5_000_000),
      1,
      { kind: 'failed', error: { message: expect.stringContaining('the maximum is 4194304') } },
    ],
  ])('returns what the engine would record for %s', async ([, handler, attempt, expected]) => {
    expect(await testAttempt(handler, {}, { attempt })).toMatchObject(expected)
  })

  test('fails an attempt that takes too long, with its signal aborted, in a process that waits for nothing else', async () => {
    const program = `
      import { testAttempt } from '@sluice/worker-kit/testing'
      let reason
      const handler = (_, { signal }) => new Promise(() => signal.addEventListener('abort', () => (reason = signal.reason)))
      const { kind, error } = await testAttempt(handler, {}, { attemptTimeoutMs: 50, attempt: 3 })
      console.log(kind, error.failureClass, reason.message)
    `
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@sluice/source', '--input-type=module', '--eval', program],
      { cwd: import.meta.dirname },
    )
    expect(stdout).toBe('failed timeout The attempt exceeded its timeout of 50 ms.\n')
  })

  test('releases a task whose batch or worker stops', async () => {
    const stop = new AbortController()
    const handler: Handler = (_payload, { signal }) => {
      setImmediate(() => stop.abort())
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      })
    }

    expect(await testAttempt(handler, {}, { signal: stop.signal })).toMatchObject({ kind: 'aborted' })
    expect(await testAttempt(() => new Promise(() => {}), {}, { signal: stop.signal })).toMatchObject({
      kind: 'aborted',
    })
  })

  test('returns what the limit of the queue would learn', async () => {
    const handler: Handler = (_payload, { settle, pause }) => {
      settle({ tokens: 950.2 })
      pause(3000)
    }

    const { limit } = await testAttempt(handler, {})

    expect(limit).toEqual({ weights: { tokens: 951 }, pauseMs: 3000 })
  })

  test.for(['a promise', 'at once', 'as JSON'] as const)(
    'fails a handler that throws a revoked proxy: %s',
    async (when) => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      const misbehave = () => {
        throw proxy
      }
      const handlers = {
        'a promise': async () => misbehave(),
        'at once': misbehave,
        'as JSON': () => ({ toJSON: misbehave }),
      }

      const attempt = await testAttempt(handlers[when], {}, { retry: { maxAttempts: 1 } })

      const error = { failureClass: 'handler', message: 'The handler threw a value that cannot be read.' }
      expect(attempt).toMatchObject({ kind: 'failed', error })
    },
  )

  test('runs the http handler with its secrets', async ({ onTestFinished }) => {
    const server = createServer(({ headers }, response) => response.end(headers.authorization))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const http = createHttpHandler({
      allowHosts: ['127.0.0.1'],
      secrets: { TOKEN: { value: 'abcdefgh', hosts: [origin] } },
    })
    onTestFinished(async () => {
      await http.close()
      server.close()
    })
    const payload = { url: `${origin}/`, headers: { authorization: '${secret:TOKEN}' } }

    const granted = await testAttempt(http, payload, { http: { secrets: ['TOKEN'] } })
    const refused = await testAttempt(http, payload)

    expect(granted).toMatchObject({ kind: 'completed', result: { status: 200, body: '***' } })
    expect(refused).toMatchObject({ kind: 'failed', error: { failureClass: 'invalid' } })
  })

  test.for([
    [{ attempt: 4 }, 'attempt must be a whole number from 1 to retry.maxAttempts, 3; it is 4.'],
    [{ attempt: 0 }, 'it is 0.'],
    [{ attemptTimeoutMs: 0 }, 'attemptTimeoutMs must be positive; it is 0.'],
  ] as const)('refuses %o', async ([options, message]) => {
    await expect(testAttempt(() => {}, {}, options)).rejects.toThrow(RangeError)
    await expect(testAttempt(() => {}, {}, options)).rejects.toThrow(message)
  })
})
