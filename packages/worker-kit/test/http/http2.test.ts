import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { classifyFailure } from '../../src/failure/classify-failure.ts'
import { buildContext, createHandler, rejection, serve, serveHttp2, serveTls } from '../support/http-fixtures.ts'

interface Answerable {
  end(body: string): unknown
}

/** A listener that answers once `count` requests wait for it, all of them at once. */
function answerTogether(count: number): (request: { httpVersion: string }, response: Answerable) => void {
  let waiting: (() => void)[] = []
  return ({ httpVersion }, response) => {
    waiting.push(() => response.end(httpVersion))
    if (waiting.length < count) return
    for (const answer of waiting) answer()
    waiting = []
  }
}

function repeat<T>(count: number, call: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, call))
}

describe('with the option http2, the http handler', () => {
  test('makes all calls that run at once over one connection to an upstream that offers HTTP/2', async () => {
    const server = await serveHttp2(answerTogether(60))
    const handle = createHandler({ http2: true })

    const results = await repeat(60, () => handle({ url: server.url }, buildContext()))

    expect(new Set(results.map(({ body }) => body))).toEqual(new Set(['2.0']))
    expect(server.connectionCount()).toBe(1)
  })

  test('opens further connections when the upstream allows no more calls on one', async () => {
    const server = await serveHttp2(answerTogether(50), { maxConcurrentStreams: 10 })
    const handle = createHandler({ http2: true })

    const results = await repeat(50, () => handle({ url: server.url }, buildContext()))

    expect(new Set(results.map(({ body }) => body))).toEqual(new Set(['2.0']))
    expect(server.connectionCount()).toBe(5)
  })

  test('sends bodies and headers, and reads headers and compressed or long bodies', async () => {
    const server = await serveHttp2((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const { method, url, headers } = request
        const answer = {
          method,
          url,
          body,
          key: headers['x-key'],
          host: headers[':authority'],
          long: 'x'.repeat(300_000),
        }
        response
          .writeHead(201, { 'content-type': 'application/json', 'x-request-id': 'r-1' })
          .end(JSON.stringify(answer))
      })
    })
    const payload = { url: `${server.url}a?b=1`, headers: { 'x-key': 'k' }, body: { a: 'ü' } }

    const result = await createHandler({ http2: true })(payload, buildContext())

    expect(result).toMatchObject({ status: 201, headers: { 'x-request-id': 'r-1' } })
    expect(result.body).toEqual({
      method: 'POST',
      url: '/a?b=1',
      body: '{"a":"ü"}',
      key: 'k',
      host: `localhost:${server.port}`,
      long: 'x'.repeat(300_000),
    })
  })

  test('uses HTTP/1.1 with an upstream that offers nothing else, with a connection for each call', async () => {
    const server = await serveTls(answerTogether(20))
    const handle = createHandler({ http2: true })

    for (let round = 0; round < 3; round += 1) {
      const results = await repeat(20, () => handle({ url: server.url }, buildContext()))
      expect(results.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, () => '1.1'))
    }

    expect(server.connectionCount()).toBe(20)
  })

  test('uses HTTP/1.1 without TLS', async () => {
    const server = await serve((request, response) => response.end(request.httpVersion))

    expect(await createHandler({ http2: true })({ url: server.url }, buildContext())).toMatchObject({ body: '1.1' })
  })

  test('still refuses private addresses', async () => {
    const handle = createHandler({ http2: true, allowHosts: [] })

    const error = await rejection(handle({ url: 'https://127.0.0.1:9/' }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
  })

  test('closes its connections when it is closed', async () => {
    const server = await serveHttp2((_, response) => void response.end())
    const handle = createHandler({ http2: true })
    await handle({ url: server.url }, buildContext())

    await handle.close()

    await expect.poll(() => server.openSockets.size).toBe(0)
  })
})

describe('without the option http2, the http handler', () => {
  test('uses HTTP/1.1 with an upstream that offers HTTP/2', async () => {
    const server = await serveHttp2(answerTogether(5))
    const handle = createHandler()

    const results = await repeat(5, () => handle({ url: server.url }, buildContext()))

    expect(new Set(results.map(({ body }) => body))).toEqual(new Set(['1.1']))
    expect(server.connectionCount()).toBe(5)
  })
})

describe('one of several calls on a connection', () => {
  const reason = new Error('The batch was stopped.')

  /** Starts a server that answers `/answered` when told to, and a call of it that waits for the answer. */
  async function withNeighbour(listener: (request: Http2ServerRequest, response: Http2ServerResponse) => void) {
    let answer: (() => void) | undefined
    const server = await serveHttp2((request, response) => {
      if (request.url === '/answered') answer = () => response.end('answered')
      else listener(request, response)
    })
    const handle = createHandler({ http2: true, maxBodyBytes: 1000 })
    const neighbour = handle({ url: `${server.url}answered` }, buildContext())
    await expect.poll(() => answer).toBeDefined()
    const expectAnswer = async () => {
      answer?.()
      expect(await neighbour).toMatchObject({ body: 'answered' })
      expect(server.connectionCount()).toBe(1)
    }
    return { server, handle, expectAnswer }
  }

  test('is aborted without the others', async () => {
    const closed: string[] = []
    const controller = new AbortController()
    const { server, handle, expectAnswer } = await withNeighbour((request, response) => {
      response.on('close', () => closed.push(request.url))
      response.write('begun')
      controller.abort(reason)
    })

    const error = await rejection(handle({ url: `${server.url}aborted` }, buildContext({}, controller.signal)))

    expect(error).toBe(reason)
    await expect.poll(() => closed).toEqual(['/aborted'])
    await expectAnswer()
  })

  test('times out without the others', async () => {
    const { server, handle, expectAnswer } = await withNeighbour(() => {})

    const error = await rejection(handle({ url: `${server.url}hangs`, timeoutMs: 30 }, buildContext()))

    expect(error.message).toContain('timed out after 30 ms while waiting for headers')
    await expectAnswer()
  })

  test('is cut off at the maximum length of a body without the others', async () => {
    const { server, handle, expectAnswer } = await withNeighbour((_, response) => void response.end('x'.repeat(50_000)))

    const error = await rejection(handle({ url: `${server.url}long` }, buildContext()))

    expect(error.message).toContain('with a body of more than 1000 bytes')
    await expectAnswer()
  })

  test('is refused without the others', async () => {
    const { server, handle, expectAnswer } = await withNeighbour((request) => request.stream.close(8))

    const error = await rejection(handle({ url: `${server.url}cancelled` }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'network', retryable: true })
    await expectAnswer()
  })
})

describe('an upstream that ends an HTTP/2 connection', () => {
  test('after GOAWAY, finishes the calls it has, and gets the next ones over another connection', async () => {
    const sessions: ServerHttp2Session[] = []
    let finish: (() => void) | undefined
    const server = await serveHttp2((request, response) => {
      if (request.url === '/slow') finish = () => response.end('slow')
      else response.end('fast')
    })
    server.server.on('session', (session) => sessions.push(session))
    const handle = createHandler({ http2: true })
    const slow = handle({ url: `${server.url}slow` }, buildContext())
    await expect.poll(() => finish).toBeDefined()

    sessions[0]?.goaway(0)
    const connectionCountAfterCalls = async () => {
      const results = await repeat(20, () => handle({ url: server.url }, buildContext()))
      expect(results.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, () => 'fast'))
      return server.connectionCount()
    }
    await expect.poll(connectionCountAfterCalls).toBe(2)
    finish?.()

    expect(await slow).toMatchObject({ body: 'slow' })
  })

  test('without a word, fails the calls on it with class network, and gets the next ones over another', async () => {
    const server = await serveHttp2((request, response) => {
      if (request.url === '/breaks') request.stream.session?.destroy()
      else response.end()
    })
    const handle = createHandler({ http2: true })
    await handle({ url: server.url }, buildContext())

    const error = await rejection(handle({ url: `${server.url}breaks` }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'network', retryable: true })
    expect(await handle({ url: server.url }, buildContext())).toMatchObject({ status: 200 })
  })
})
