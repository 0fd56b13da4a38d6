import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, type TestContext, test } from 'vitest'
import { ApiError, ConnectionError, type Retry, Sluice, TimeoutError } from '../src/index.ts'

type OnTestFinished = TestContext['onTestFinished']

async function serve(onTestFinished: OnTestFinished, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const refusal = (status: number, code: string, more: object = {}) =>
  JSON.stringify({ type: 'x', title: 'x', status, code, detail: 'No.', instance: '/', requestId: 'r1', ...more })

/** A server that answers with each of these in turn, and the last one from then on. `drop`: it breaks the connection. */
async function serveInTurn(onTestFinished: OnTestFinished, answers: readonly (readonly [number, string] | 'drop')[]) {
  const seen: { method: string; key: string | undefined }[] = []
  const url = await serve(onTestFinished, (request, response) => {
    const answer = answers[Math.min(seen.length, answers.length - 1)] ?? 'drop'
    seen.push({ method: request.method ?? '', key: request.headers['idempotency-key']?.toString() })
    if (answer === 'drop') return void request.socket.destroy()
    response.writeHead(answer[0], { 'content-type': 'application/json' }).end(answer[0] === 204 ? undefined : answer[1])
  })
  return { url, seen }
}

const soon = { retryAfterMs: 1 }

describe('a request', () => {
  test('that is refused for now is repeated after the time that the API names', async ({ onTestFinished }) => {
    const { url, seen } = await serveInTurn(onTestFinished, [
      [503, refusal(503, 'SLUICE_OVERLOADED', { retryAfterMs: 20 })],
      [429, refusal(429, 'SLUICE_TOO_MANY_FAILURES', { retryAfterMs: 10 })],
      [200, '{"id":"b"}'],
    ])
    const retries: Retry[] = []

    const batch = await new Sluice({ url, onRetry: (retry) => retries.push(retry) }).batches.get('b')

    expect(batch.id).toBe('b')
    expect(seen).toHaveLength(3)
    expect(retries.map(({ operation, retry, delayMs }) => [operation, retry, delayMs])).toEqual([
      ['readBatch', 1, 20],
      ['readBatch', 2, 10],
    ])
  })

  test.for<[number, string]>([
    [400, 'SLUICE_REQUEST_INVALID'],
    [404, 'SLUICE_BATCH_NOT_FOUND'],
    [409, 'SLUICE_CODE_TAKEN'],
    [500, 'SLUICE_INTERNAL'],
    [507, 'SLUICE_STORAGE_FULL'],
  ])('that is refused with %i %s is not repeated', async ([status, code], { onTestFinished }) => {
    const { url, seen } = await serveInTurn(onTestFinished, [[status, refusal(status, code, soon)]])

    const error = await new Sluice({ url }).batches.get('b').catch((caught: unknown) => caught)

    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status, code, requestId: 'r1', operation: 'readBatch', message: 'No.' })
    expect(seen).toHaveLength(1)
  })

  test('that creates a batch is repeated with the same idempotency key', async ({ onTestFinished }) => {
    const { url, seen } = await serveInTurn(onTestFinished, [
      'drop',
      [409, refusal(409, 'SLUICE_IDEMPOTENCY_IN_PROGRESS', soon)],
      [201, '{"id":"b"}'],
    ])

    const { data, response } = await new Sluice({ url }).batches.create({}).withResponse()

    expect([data.id, response.status]).toEqual(['b', 201])
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1)
    expect(seen[0]?.key).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('that may have had an effect is not repeated once its answer is lost', async ({ onTestFinished }) => {
    const { url, seen } = await serveInTurn(onTestFinished, ['drop'])
    const { batches, keys, detections } = new Sluice({ url })

    const calls = [
      () => batches.retry('b'),
      () => batches.resume('b'),
      () => batches.interrupt('b'),
      () => keys.create({ name: 'x', role: 'viewer' }),
      () => keys.reroll('k'),
      () => detections.create({ url: 'https://a.example' }),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow(ConnectionError)

    expect(seen).toHaveLength(calls.length)
  })

  test('that deletes something succeeds if only the first answer was lost', async ({ onTestFinished }) => {
    const { url, seen } = await serveInTurn(onTestFinished, ['drop', [404, refusal(404, 'SLUICE_BATCH_NOT_FOUND')]])

    await new Sluice({ url }).batches.delete('b')

    expect(seen).toHaveLength(2)
  })

  test('whose answer breaks off is repeated', async ({ onTestFinished }) => {
    let requests = 0
    const url = await serve(onTestFinished, (request, response) => {
      requests += 1
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '10' }).write('{"id"')
      if (requests === 1) setTimeout(() => request.socket.destroy(), 10)
      else response.end(':"b"}')
    })

    expect((await new Sluice({ url }).batches.get('b')).id).toBe('b')
    expect(requests).toBe(2)
  })

  test('throws a TimeoutError without an answer in time', async ({ onTestFinished }) => {
    const url = await serve(onTestFinished, () => {})

    const error = await new Sluice({ url, timeoutMs: 20, maxRetries: 0 }).batches
      .get('b')
      .catch((caught: unknown) => caught)

    expect(error).toBeInstanceOf(TimeoutError)
    expect(String(error)).toBe('TimeoutError: readBatch: no answer within 20 ms.')
  })

  test('whose answer takes longer than the timeout succeeds, if its headers come in time', async ({
    onTestFinished,
  }) => {
    const url = await serve(onTestFinished, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"id"')
      setTimeout(() => response.end(':"b"}'), 300)
    })

    expect((await new Sluice({ url, timeoutMs: 100, maxRetries: 0 }).batches.get('b')).id).toBe('b')
  })

  test('throws the reason of its signal, also while it waits to be repeated', async ({ onTestFinished }) => {
    const { url } = await serveInTurn(onTestFinished, [
      [503, refusal(503, 'SLUICE_OVERLOADED', { retryAfterMs: 3_600_000 })],
    ])
    const stop = new AbortController()
    const reason = new Error('enough')
    const sluice = new Sluice({ url, onRetry: () => stop.abort(reason) })

    await expect(sluice.batches.get('b', { signal: stop.signal })).rejects.toBe(reason)
    await expect(sluice.batches.get('b', { signal: stop.signal })).rejects.toBe(reason)
  })

  test('that a proxy answers says so', async ({ onTestFinished }) => {
    const { url } = await serveInTurn(onTestFinished, [[403, '<html>Sign in first</html>']])

    const error = await new Sluice({ url }).batches.get('b').catch((caught: unknown) => caught)

    expect(error).toMatchObject({ code: 'UNKNOWN', status: 403 })
    expect(String(error)).toContain('answered 403, but not as Sluice does. Is the url that of the API?')
    expect(String(error)).toContain('Sign in first')
  })
})

describe('an error of the API', () => {
  test('narrows by its code', async ({ onTestFinished }) => {
    const { url } = await serveInTurn(onTestFinished, [[409, refusal(409, 'SLUICE_CODE_TAKEN', { batchId: 'b7' })]])

    const batchId = await new Sluice({ url }).batches.create({ code: 'c' }).catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 'SLUICE_CODE_TAKEN') throw error
      return error.problem.batchId satisfies string
    })

    expect(batchId).toBe('b7')
  })
})

describe('a client', () => {
  test.for([
    [{ url: 'localhost:3000' }, 'The option url must be an http or https URL; url is "localhost:3000".'],
    [{ url: 'http://a.example/?key=1' }, 'The option url must have no user name'],
    [{ url: 'http://me:you@a.example/' }, 'The option url must have no user name'],
    [{ apiKey: 'two words' }, 'The option apiKey must be one word'],
    [{ apiKey: 'slk1_a\n' }, 'The option apiKey must be one word'],
  ] as const)('refuses %o', ([options, message]) => {
    expect(() => new Sluice(options)).toThrow(message)
  })

  test('sends its key and its headers, under any base path', async ({ onTestFinished }) => {
    const seen: unknown[] = []
    const base = await serve(onTestFinished, (request, response) => {
      seen.push([request.url, request.headers.authorization, request.headers['x-team']])
      response.end('{}')
    })

    await new Sluice({ url: `${base}/sluice/`, apiKey: 'slk1_x', headers: { 'x-team': 'a' } }).queues.get('q')

    expect(seen).toEqual([['/sluice/v1/queues/q', 'Bearer slk1_x', 'a']])
  })
})
