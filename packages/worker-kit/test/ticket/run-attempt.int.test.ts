import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { Handler, HandlerContext } from '../../src/handler.ts'
import { submit, tasksOf, until, untilFinished, workerTest } from '../support/worker-test.ts'

const throwing = (value: unknown) => () => {
  throw value
}

const rejecting = (value: unknown) => () => Promise.reject(value)

function circular() {
  const value: Record<string, unknown> = { message: 'round and round' }
  value['self'] = value
  return value
}

function hostileError() {
  const error = new Error('never read')
  for (const name of ['message', 'name', 'stack', 'cause', 'code', 'status', 'retryable', 'toString']) {
    Object.defineProperty(error, name, { get: throwing(new Error('hands off')) })
  }
  return error
}

/** A promise as a faulty library would make it. */
// oxlint-disable-next-line unicorn/no-thenable -- the test needs it.
const hostileThenable = { then: throwing('thenable') }

function rejectWhenAborted(_payload: unknown, { signal }: HandlerContext) {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('thrown after the abort')))
  })
}

async function resolveLate(_payload: unknown, { signal }: HandlerContext) {
  while (!signal.aborted) await sleep(5)
  return 'too late'
}

async function rejectLate(_payload: unknown, { signal }: HandlerContext) {
  while (!signal.aborted) await sleep(5)
  await sleep(20)
  throw new Error('long after the abort')
}

describe('a misbehaving handler fails its attempt and nothing else:', () => {
  workerTest.for<[string, Handler, { failureClass?: string; message: string | RegExp; attempts?: number }]>([
    ['throws a string', throwing('plain text'), { message: 'plain text' }],
    ['throws an empty string', throwing(''), { message: "''" }],
    ['throws undefined', throwing(undefined), { message: 'undefined' }],
    ['throws null', throwing(null), { message: 'null' }],
    ['throws a circular object', throwing(circular()), { message: 'round and round' }],
    ['throws an error whose properties cannot be read', throwing(hostileError()), { message: /./ }],
    ['throws synchronously', throwing(new Error('at once')), { message: 'at once' }],
    ['rejects with a symbol', rejecting(Symbol('sign')), { message: 'Symbol(sign)' }],
    ['rejects with undefined', rejecting(undefined), { message: 'undefined' }],
    ['returns a promise that throws', () => hostileThenable, { message: 'thenable' }],
    ['returns a circular object', circular, { message: /stored as JSON: .*circular/i, attempts: 1 }],
    ['returns a BigInt', () => 10n, { message: /stored as JSON: .*BigInt/, attempts: 1 }],
    [
      'never settles and ignores the signal',
      () => new Promise(() => {}),
      { failureClass: 'timeout', message: /50 ms/ },
    ],
    ['throws when its signal is aborted', rejectWhenAborted, { failureClass: 'timeout', message: /50 ms/ }],
    ['returns after its signal was aborted', resolveLate, { failureClass: 'timeout', message: /50 ms/ }],
    ['rejects long after its signal was aborted', rejectLate, { failureClass: 'timeout', message: /50 ms/ }],
  ])('%s', async ([, misbehave, expected], { engine, startWorker }) => {
    const { failureClass = 'handler', message, attempts = 2 } = expected
    const work: Handler = (payload, handlerContext) => (payload === 'bad' ? misbehave(payload, handlerContext) : 'ok')
    const id = await submit(engine, {
      payloads: ['good', 'bad', 'good'],
      // With one slot, the other tasks run only if this one frees it.
      concurrency: 1,
      attemptTimeoutMs: 50,
      retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 1 },
    })

    const worker = await startWorker({ handlers: { work }, concurrency: 1 })
    const batch = await untilFinished(engine, id)

    expect(batch).toMatchObject({ state: 'completed', counts: { completed: 2, failed: 1, running: 0 } })
    const [before, bad, after] = await tasksOf(engine, id)
    expect(bad).toMatchObject({ state: 'failed', attempts, error: { failureClass } })
    expect(bad?.error?.message).toMatch(message)
    expect([before, after]).toMatchObject([
      { state: 'completed', attempts: 1, result: 'ok' },
      { state: 'completed', attempts: 1, result: 'ok' },
    ])
    expect(worker.running).toBe(0)
  })
})

describe('a result that has no JSON is recorded as null:', () => {
  workerTest.for<[string, Handler]>([
    ['undefined', () => undefined],
    ['a promise of undefined', async () => {}],
    ['a function', () => () => {}],
    ['a promise of a symbol', () => Promise.resolve(Symbol('sign'))],
  ])('%s', async ([, work], { engine, startWorker }) => {
    const id = await submit(engine, { count: 1 })

    await startWorker({ handlers: { work } })
    await untilFinished(engine, id)

    expect(await tasksOf(engine, id)).toMatchObject([{ state: 'completed', attempts: 1, result: null }])
  })
})

describe('an attempt that takes too long', () => {
  workerTest('is aborted through its signal at its deadline', async ({ engine, startWorker }) => {
    const aborts: { afterMs: number; deadlineMs: number; reason: unknown }[] = []
    const work = (_payload: unknown, { signal, deadline }: HandlerContext) => {
      const startedAt = Date.now()
      const deadlineMs = deadline.getTime() - startedAt
      signal.addEventListener('abort', () => {
        aborts.push({ afterMs: Date.now() - startedAt, deadlineMs, reason: signal.reason })
      })
      return new Promise(() => {})
    }
    const id = await submit(engine, { count: 1, attemptTimeoutMs: 200, retry: { maxAttempts: 1 } })

    await startWorker({ handlers: { work } })
    await untilFinished(engine, id)

    expect(aborts).toHaveLength(1)
    expect(aborts[0]?.reason).toMatchObject({ message: 'The attempt exceeded its timeout of 200 ms.' })
    expect(aborts[0]?.afterMs).toBeGreaterThanOrEqual(199)
    expect(aborts[0]?.afterMs).toBeLessThan(3000)
    expect(aborts[0]?.deadlineMs).toBeLessThanOrEqual(201)
  })

  workerTest('frees its slot for other tasks', async ({ engine, startWorker }) => {
    const work = (payload: unknown) => (payload === 'hang' ? new Promise(() => {}) : 'ok')
    const hanging = await submit(engine, {
      payloads: Array.from({ length: 20 }, () => 'hang'),
      attemptTimeoutMs: 30,
      retry: { maxAttempts: 1 },
    })

    const worker = await startWorker({ handlers: { work }, concurrency: 4 })
    const hung = await untilFinished(engine, hanging)
    const healthy = await untilFinished(engine, await submit(engine, { count: 200 }))

    expect(hung.counts).toMatchObject({ failed: 20, completed: 0 })
    expect(healthy.counts).toMatchObject({ failed: 0, completed: 200 })
    await until(() => worker.running === 0)
  })
})

workerTest('what a handler logs names its attempt', async ({ engine, startWorker }) => {
  const entries: object[] = []
  const log = { debug() {}, info: (fields: object) => void entries.push(fields), warn() {}, error() {} }
  const work: Handler = (_payload, context) => context.log.info({ page: 3 }, 'read a page')
  const batchId = await submit(engine, { payloads: ['one'] })

  await startWorker({ handlers: { work }, log })
  await untilFinished(engine, batchId)

  expect(entries).toContainEqual(expect.objectContaining({ batchId, seq: 0, attempt: 1, page: 3 }))
})
