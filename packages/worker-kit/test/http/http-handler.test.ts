import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { classifyFailure } from '../../src/failure/classify-failure.ts'
import { buildContext, createHandler, rejection, serve } from '../support/http-fixtures.ts'

/** Responds with the request. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { method, url, headers } = request
    const body = { method, url, headers, body: Buffer.concat(chunks).toString() }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}

describe('the request of the http handler', () => {
  test('is a GET without a body, and keeps path and query', async () => {
    const server = await serve(echo)

    const { body } = await createHandler()({ url: `${server.url}v1/a%20b?q=1&r=ü#part` }, buildContext())

    expect(body).toMatchObject({
      method: 'GET',
      url: '/v1/a%20b?q=1&r=%C3%BC',
      body: '',
      headers: { 'user-agent': 'sluice' },
    })
  })

  test.for<[string, unknown, object]>([
    ['a string unchanged', 'a=1&b=ü', { method: 'POST', body: 'a=1&b=ü' }],
    [
      'an object as JSON',
      { a: 'ü' },
      { method: 'POST', body: '{"a":"ü"}', headers: { 'content-type': 'application/json' } },
    ],
    ['a number as JSON', 0, { method: 'POST', body: '0' }],
    ['false as JSON', false, { method: 'POST', body: 'false' }],
    ['an empty string as an empty body', '', { method: 'POST', body: '' }],
    ['null as no body', null, { method: 'GET', body: '' }],
  ])('is a POST with a body: %s', async ([, body, expected]) => {
    const server = await serve(echo)

    const result = await createHandler()({ url: server.url, body }, buildContext())

    expect(result.body).toMatchObject(expected)
  })

  test('takes the method and headers of the task, which take precedence over the queue', async () => {
    const server = await serve(echo)
    const http = { headers: { 'X-Queue': 'queue', 'X-Both': 'queue', 'User-Agent': 'queue' } }
    const headers = { 'X-BOTH': 'task', 'content-type': 'application/vnd.api+json' }

    const { body } = await createHandler()({ url: server.url, method: 'patch', headers, body: {} }, buildContext(http))

    const expected = { 'x-queue': 'queue', 'x-both': 'task', 'user-agent': 'queue' }
    expect(body).toMatchObject({ method: 'PATCH', headers: { ...expected, 'content-type': headers['content-type'] } })
  })
})

describe('the trace of an attempt', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

  test.for<[hosts: string[] | undefined, sent: string | undefined]>([
    [undefined, undefined],
    [[], undefined],
    [['localhost'], undefined],
    [['127.0.0.1:1'], undefined],
    [['127.0.0.1'], traceparent],
    [['*'], traceparent],
  ])('is sent to hosts that the queue lists for it: %j: %s', async ([propagateTrace, sent]) => {
    const server = await serve(echo)

    const { body } = await createHandler()({ url: server.url }, { ...buildContext({ propagateTrace }), traceparent })

    expect((body as { headers: Record<string, string> }).headers['traceparent']).toBe(sent)
  })

  test('does not replace a header of the task or of the queue', async () => {
    const server = await serve(echo)
    const http = { propagateTrace: ['*'], headers: { Traceparent: 'of the queue' } }

    const { body } = await createHandler()({ url: server.url }, { ...buildContext(http), traceparent })

    expect(body).toMatchObject({ headers: { traceparent: 'of the queue' } })
  })
})

describe('a call to a host that the queue does not list', () => {
  test.for([[['api.example.com']], [['127.0.0.1:1']], [['*.0.0.1']], [['10.0.0.0/8']], [[]]])(
    'is refused before it pauses the limit of others: %o',
    async ([hosts]) => {
      const server = await serve((_, response) => response.writeHead(429, { 'retry-after': '900' }).end())

      const error = await rejection(createHandler()({ url: server.url }, buildContext({ hosts })))

      expect(classifyFailure(error)).toMatchObject({
        failureClass: 'invalid',
        retryable: false,
        retryAfterMs: undefined,
      })
      expect(error.message).toBe(
        `Tasks of this queue must not call 127.0.0.1:${server.port}: the queue's http.hosts does not list this host.`,
      )
      expect(server.connectionCount()).toBe(0)
    },
  )

  test('is made to any host if the queue lists none, and to those that it lists', async () => {
    const server = await serve((_, response) => response.end('hello'))
    const handle = createHandler()

    for (const hosts of [undefined, ['api.example.com', `127.0.0.1:${server.port}`], ['127.0.0.1'], ['*']]) {
      expect(await handle({ url: server.url }, buildContext({ hosts }))).toMatchObject({ body: 'hello' })
    }
  })
})

describe('the result of the http handler', () => {
  test('pauses the limit if its headers declare a limit exhausted, and only then', async () => {
    let remaining = 1
    const server = await serve((_, response) => {
      const headers = { 'x-ratelimit-remaining-requests': String(remaining--), 'x-ratelimit-reset-requests': '1s500ms' }
      response.writeHead(200, headers).end()
    })
    const context = buildContext()
    const handler = createHandler()

    await handler({ url: server.url }, context)
    const afterOne = [...context.pauses]
    await handler({ url: server.url }, context)

    expect(afterOne.filter((ms) => ms > 0)).toEqual([])
    expect(context.pauses.filter((ms) => ms > 0)).toEqual([1500])
  })

  test('contains the status, the parsed body and selected headers', async () => {
    const server = await serve((_, response) => {
      response.setHeader('set-cookie', 'session=1')
      response
        .writeHead(201, { 'content-type': 'application/json; charset=utf-8', 'X-Request-Id': 'r-1' })
        .end('{"ok":true}')
    })

    const result = await createHandler()({ url: server.url }, buildContext())

    const headers = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'r-1' }
    expect(result).toEqual({ status: 201, body: { ok: true }, headers: expect.objectContaining(headers) })
    expect(Object.keys(result.headers)).not.toContain('set-cookie')
  })

  test.for<[string, string | undefined, Buffer | string, object]>([
    ['problem JSON', 'application/problem+json', '{"a":1}', { body: { a: 1 } }],
    ['JSON that cannot be parsed', 'application/json', '{"a":', { body: '{"a":' }],
    ['JSON after a byte order mark', 'application/json', '\uFEFF{"a":1}', { body: { a: 1 } }],
    ['text', 'text/plain', 'grüezi', { body: 'grüezi' }],
    ['text without a content type', undefined, 'grüezi', { body: 'grüezi' }],
    ['text in Latin-1', 'text/plain; charset=iso-8859-1', Buffer.from('grüezi', 'latin1'), { body: 'grüezi' }],
    ['lines of JSON', 'application/x-ndjson', '{"a":1}\n{"a":2}\n', { body: '{"a":1}\n{"a":2}\n' }],
    ['no body', 'application/json', '', { body: null }],
    ['an image', 'image/png', Buffer.from([137, 80, 78, 71]), { body: 'iVBORw==', bodyEncoding: 'base64' }],
    ['text that is not UTF-8', 'text/plain', Buffer.from([0xff, 0xfe]), { body: '//4=', bodyEncoding: 'base64' }],
    ['an unknown charset', 'text/plain; charset=klingon', 'hi', { body: 'aGk=', bodyEncoding: 'base64' }],
  ])('contains the whole body: %s', async ([, contentType, body, expected]) => {
    const server = await serve((_, response) => {
      if (contentType !== undefined) response.setHeader('content-type', contentType)
      response.end(body)
    })

    const { body: kept, bodyEncoding } = await createHandler()({ url: server.url }, buildContext())

    expect({ body: kept, ...(bodyEncoding && { bodyEncoding }) }).toEqual(expected)
  })

  test.for([
    ['gzip', gzipSync('{"a":1}')],
    ['zstd', zstdCompressSync('{"a":1}')],
  ] as const)('is decompressed: %s', async ([encoding, bytes]) => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(bytes)
    })

    expect(await createHandler()({ url: server.url }, buildContext())).toMatchObject({ body: { a: 1 } })
  })

  test('of a HEAD is not subject to the content-length of the body it does not have', async () => {
    const server = await serve((_, response) => response.writeHead(200, { 'content-length': '5000000' }).end())

    const result = await createHandler()({ url: server.url, method: 'HEAD' }, buildContext())

    expect(result).toMatchObject({ status: 200, body: null, headers: { 'content-length': '5000000' } })
  })

  test('counts successStatus as success in addition to 2xx', async () => {
    const server = await serve((request, response) => response.writeHead(Number(request.url?.slice(1))).end())
    const handle = createHandler()
    const statusOf = async (status: number, successStatus: number | number[]) =>
      (await handle({ url: server.url + String(status), successStatus }, buildContext())).status

    expect(await Promise.all([statusOf(404, 404), statusOf(200, 404), statusOf(409, [404, 409])])).toEqual([
      404, 200, 409,
    ])
    await expect(statusOf(410, [404, 409])).rejects.toThrow('returned 410')
  })
})

describe('the failure of the http handler', () => {
  test.for<[number, Record<string, string>, object]>([
    [429, { 'retry-after': '3' }, { failureClass: 'rate_limited', retryable: true, retryAfterMs: 3_000 }],
    [429, {}, { failureClass: 'rate_limited', retryable: true, retryAfterMs: undefined }],
    [502, {}, { failureClass: 'overloaded', retryable: true }],
    [503, { 'retry-after-ms': '1500' }, { failureClass: 'overloaded', retryable: true, retryAfterMs: 1_500 }],
    [408, {}, { failureClass: 'timeout', retryable: true }],
    [500, {}, { failureClass: 'server', retryable: true }],
    [504, {}, { failureClass: 'server', retryable: true }],
    [400, {}, { failureClass: 'invalid', retryable: false }],
    [401, {}, { failureClass: 'auth', retryable: false }],
    [403, {}, { failureClass: 'auth', retryable: false }],
    [404, {}, { failureClass: 'invalid', retryable: false }],
    [304, {}, { failureClass: 'invalid', retryable: false }],
  ])('with status %i and headers %o has its class', async ([status, headers, meaning]) => {
    const server = await serve((_, response) => response.writeHead(status, headers).end())

    const error = await rejection(createHandler()({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ ...meaning, status })
    expect(error.message).toBe(`GET 127.0.0.1:${server.port} returned ${status}`)
  })

  test('quotes the first 200 characters of the body, with collapsed white space', async () => {
    const server = await serve((_, response) =>
      response.writeHead(500).end(`  out\n\n of   paper ${'x'.repeat(1_000)}`),
    )

    const error = await rejection(createHandler()({ url: server.url }, buildContext()))

    expect(error.message).toBe(`GET 127.0.0.1:${server.port} returned 500: out of paper ${'x'.repeat(187)}`)
  })

  test('has the class of its status although its JSON nests 5,000 levels', async () => {
    const server = await serve((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' }).end(`${'['.repeat(5000)}${']'.repeat(5000)}`)
    })

    const error = await rejection(createHandler()({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'auth', retryable: false, status: 403 })
    expect(error.message).toMatch(/ returned 403: \[{200}$/)
  })

  test('quotes a compressed body, but not a binary one', async () => {
    const server = await serve((request, response) => {
      const headers = request.url === '/gzip' ? { 'content-encoding': 'gzip' } : { 'content-type': 'image/png' }
      response.writeHead(500, headers).end(gzipSync('out of paper'))
    })
    const handle = createHandler()
    const messageOf = async (path: string) =>
      (await rejection(handle({ url: server.url + path }, buildContext()))).message

    expect(await messageOf('gzip')).toMatch(/returned 500: out of paper$/)
    expect(await messageOf('png')).toMatch(/returned 500$/)
  })

  test('of a redirect names its target, which is not followed', async () => {
    const target = await serve((_, response) => response.end('secret things'))
    const server = await serve((_, response) => response.writeHead(302, { location: target.url }).end())

    const error = await rejection(createHandler()({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false, status: 302 })
    expect(error.message).toContain(`redirects are not followed; location: ${target.url}`)
    expect(target.connectionCount()).toBe(0)
  })
})

describe('the error of a call', () => {
  test('names the path, shortened if it is long, and not the query', async () => {
    const server = await serve((_, response) => response.writeHead(500).end())
    const long = 'x'.repeat(200)
    const messageOf = async (path: string) =>
      (await rejection(createHandler()({ url: server.url + path }, buildContext()))).message

    expect(await messageOf('v1/orders/17?key=secret')).toBe(`GET 127.0.0.1:${server.port}/v1/orders/17 returned 500`)
    expect(await messageOf(long)).toBe(`GET 127.0.0.1:${server.port}/${long.slice(0, 99)}… returned 500`)
  })
})
