import { describe, expect, test } from 'vitest'
import { classifyFailure, type Failure } from '../../src/failure/classify-failure.ts'
import { parseTarget } from '../../src/http/http-target.ts'
import { createSecrets } from '../../src/http/secrets.ts'
import { buildContext, createHandler, rejection, serve } from '../support/http-fixtures.ts'

const SECRET = 'sk-live/"quoted"+&=\\9Zq'
const options = { secrets: { OPENAI: SECRET, OTHER: 'other-value', EMPTY: '' } }
const withSecret = { authorization: 'Bearer ${secret:OPENAI}' }

function everythingOf(value: unknown): string {
  const failure: Partial<Failure> = value instanceof Error ? classifyFailure(value) : {}
  return JSON.stringify({ value, ...failure }) + (value instanceof Error ? `${value.stack}${String(value.cause)}` : '')
}

describe('secrets in headers', () => {
  test('are filled in for a host that the queue lists', async () => {
    const received: (string | undefined)[] = []
    const server = await serve((request, response) => {
      received.push(request.headers.authorization, request.headers['x-both']?.toString())
      response.end()
    })
    const payload = {
      url: server.url,
      headers: { ...withSecret, 'x-both': '${secret:OTHER}, ${secret:EMPTY}${secret:OTHER}' },
    }

    await createHandler(options)(payload, buildContext({ secretHosts: ['127.0.0.1'] }))

    expect(received).toEqual([`Bearer ${SECRET}`, 'other-value, other-value'])
  })

  test('may be used in the defaults of the queue, and in headers that tasks override', async () => {
    const received: (string | undefined)[] = []
    const server = await serve((request, response) => {
      received.push(request.headers.authorization)
      response.end()
    })
    const context = buildContext({ secretHosts: ['127.0.0.1'], headers: { Authorization: 'Bearer ${secret:OTHER}' } })
    const handle = createHandler(options)

    await handle({ url: server.url }, context)
    await handle({ url: server.url, headers: withSecret }, context)
    await handle({ url: server.url, headers: { AUTHORIZATION: 'none' } }, context)

    expect(received).toEqual(['Bearer other-value', `Bearer ${SECRET}`, 'none'])
  })

  test.for([[[]], [['api.example.com']], [['*']], [['127.0.0.1:1']], [['localhost']]])(
    'are not sent to a host that secretHosts does not list: %o',
    async ([secretHosts]) => {
      const server = await serve((_, response) => response.end())

      const error = await rejection(
        createHandler(options)({ url: server.url, headers: withSecret }, buildContext({ secretHosts })),
      )

      expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
      expect(error.message).toContain(`Secret "OPENAI" must not be sent to 127.0.0.1:${server.port}`)
      expect(everythingOf(error)).not.toContain(SECRET)
      expect(server.connectionCount()).toBe(0)
    },
  )

  test.for(['UNKNOWN', 'constructor', '__proto__', '', ' OPENAI'])(
    'that the worker does not have fail the task at once: "%s"',
    async (name) => {
      const server = await serve((_, response) => response.end())
      const payload = { url: server.url, headers: { 'x-key': `\${secret:${name}}` } }

      const error = await rejection(createHandler(options)(payload, buildContext({ secretHosts: ['127.0.0.1'] })))

      expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
      expect(error.message).toContain(`Secret "${name}" is not defined.`)
      expect(server.connectionCount()).toBe(0)
    },
  )

  test('are not sent to another site through a Host header of the task', async () => {
    const server = await serve((_, response) => response.end())
    const payload = { url: server.url, headers: { ...withSecret, Host: 'evil.example' } }

    const error = await rejection(createHandler(options)(payload, buildContext({ secretHosts: ['127.0.0.1'] })))

    expect(error.message).toContain('headers.host must be omitted or equal the host of url')
    expect(server.connectionCount()).toBe(0)
  })

  test('that are not valid header values are not shown either', async () => {
    const handle = createHandler({ secrets: { OPENAI: 'line\nbreak' } })

    const error = await rejection(
      handle({ url: 'http://127.0.0.1:9/', headers: withSecret }, buildContext({ secretHosts: ['127.0.0.1'] })),
    )

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
    expect(everythingOf(error)).not.toContain('break')
  })
})

describe('a secret that the upstream echoes', () => {
  const echoes: [string, string, string][] = [
    ['JSON', 'application/json', JSON.stringify({ [SECRET]: [SECRET, `Bearer ${SECRET}.`] })],
    ['JSON with escaped slashes', 'application/json', JSON.stringify({ a: SECRET }).replaceAll('/', '\\/')],
    [
      'JSON in ASCII',
      'application/json',
      `{"a":"${SECRET.replace(/\W/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)}"}`,
    ],
    ['text', 'text/plain', `you sent ${SECRET} and ${SECRET}`],
    ['text that claims to be JSON', 'application/json', `you sent ${SECRET}`],
    ['a URL', 'text/plain', `https://a.example/?key=${encodeURIComponent(SECRET)}`],
    [
      'HTML',
      'text/html',
      `<p>${SECRET.replace(/\W/g, (c) => `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`)}</p>`,
    ],
    ['binary content', 'application/octet-stream', `\u0000${SECRET}\u0000`],
  ]

  test.for(echoes)('as %s is recorded as ***', async ([, contentType, text]) => {
    const server = await serve((request, response) => {
      const status = request.url === '/fails' ? 400 : 200
      response.writeHead(status, { 'content-type': contentType, 'x-request-id': `id-${SECRET}` }).end(text)
    })
    const handle = createHandler(options)
    const context = buildContext({ secretHosts: ['127.0.0.1'] })

    const result = await handle({ url: server.url, headers: withSecret }, context)
    const error = await rejection(handle({ url: `${server.url}fails`, headers: withSecret }, context))

    const encoded =
      result.bodyEncoding === 'base64' ? Buffer.from(String(result.body), 'base64').toString() : result.body
    for (const shown of [everythingOf(result), JSON.stringify(encoded), everythingOf(error)]) {
      expect(shown).not.toContain('quoted')
    }
    expect(JSON.stringify(encoded)).toContain('***')
    expect(result.headers['x-request-id']).toBe('id-***')
  })

  test('in a redirect is not shown', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: `/?key=${SECRET}` }).end())

    const error = await rejection(
      createHandler(options)({ url: server.url, headers: withSecret }, buildContext({ secretHosts: ['127.0.0.1'] })),
    )

    expect(error.message).toContain('/?key=***')
    expect(everythingOf(error)).not.toContain('quoted')
  })
})

test('an empty secret is filled in, and removes nothing from the response', async () => {
  const server = await serve((_, response) => response.end('hello'))
  const payload = { url: server.url, headers: { 'x-key': '${secret:EMPTY}' } }

  const result = await createHandler(options)(payload, buildContext({ secretHosts: ['127.0.0.1'] }))

  expect(result.body).toBe('hello')
})

test('of two secrets of which one is a prefix of the other, nothing is left', () => {
  const fillIn = createSecrets({ SHORT: 'abc', LONG: 'abc-def' })
  const both = ['x', '${secret:SHORT} ${secret:LONG}']

  const { scrub } = fillIn(both, parseTarget('https://a.example'), ['a.example'])

  expect(scrub?.('abc abc-def')).toBe('*** ***')
})

test('headers without a placeholder are not changed', () => {
  const plain = ['x', '$ {secret:A} ${other:A}']

  const filled = createSecrets({ A: 'a' })(plain, parseTarget('https://a.example'), [])

  expect(filled).toEqual({ headers: plain, scrub: undefined })
})

test('a placeholder that is not closed ends where the next one begins, so that a million of them are searched once', () => {
  const unclosed = '${secret:'.repeat(1_000_000)
  const headers = ['x', `${unclosed}\${secret:A}`, 'y', unclosed]

  const filled = createSecrets({ A: 'a' })(headers, parseTarget('https://a.example'), ['a.example'])

  expect(filled.headers[1]?.length).toBe(unclosed.length + 1)
  expect(filled.headers[3]?.length).toBe(unclosed.length)
})
