import { describe, expect, test } from 'vitest'
import { classifyFailure, type Failure } from '../../src/failure/classify-failure.ts'
import { parseTarget } from '../../src/http/http-target.ts'
import { createSecrets } from '../../src/http/secrets.ts'
import { buildContext, createHandler, rejection, serve } from '../support/http-fixtures.ts'

const SECRET = 'sk-live/"quoted"+&=\\9Zq'
const OTHER = 'other-value-0123456'
const BOTH = ['OPENAI', 'OTHER']

/** A worker whose secrets may go to a server of the test. */
function workerOf({ port }: { port: number }) {
  const hosts = [`http://127.0.0.1:${port}`]
  return createHandler({ secrets: { OPENAI: { value: SECRET, hosts }, OTHER: { value: OTHER, hosts } } })
}

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
      headers: { ...withSecret, 'x-both': '${secret:OTHER}, ${secret:OTHER}' },
    }

    await workerOf(server)(payload, buildContext({ secrets: BOTH }))

    expect(received).toEqual([`Bearer ${SECRET}`, `${OTHER}, ${OTHER}`])
  })

  test('may be used in the defaults of the queue, and in headers that tasks override', async () => {
    const received: (string | undefined)[] = []
    const server = await serve((request, response) => {
      received.push(request.headers.authorization)
      response.end()
    })
    const context = buildContext({ secrets: BOTH, headers: { Authorization: 'Bearer ${secret:OTHER}' } })
    const handle = workerOf(server)

    await handle({ url: server.url }, context)
    await handle({ url: server.url, headers: withSecret }, context)
    await handle({ url: server.url, headers: { AUTHORIZATION: 'none' } }, context)

    expect(received).toEqual([`Bearer ${OTHER}`, `Bearer ${SECRET}`, 'none'])
  })

  test.for([[undefined], [[]], [['OTHER']], [['openai']], [['*']]])(
    'are not used in a queue that does not list them: %o',
    async ([secrets]) => {
      const server = await serve((_, response) => response.end())

      const error = await rejection(
        workerOf(server)({ url: server.url, headers: withSecret }, buildContext({ secrets })),
      )

      expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
      expect(error.message).toContain('Secret "OPENAI" must not be used in this queue')
      expect(everythingOf(error)).not.toContain(SECRET)
      expect(server.connectionCount()).toBe(0)
    },
  )

  test('are not sent to a host that the worker does not bind them to, and to no other port or scheme', async () => {
    const trusted = await serve((_, response) => response.end())
    const other = await serve((_, response) => response.end())
    const handle = workerOf(trusted)

    for (const origin of [`http://127.0.0.1:${other.port}`, `https://127.0.0.1:${trusted.port}`, 'http://localhost']) {
      const payload = { url: origin, headers: withSecret }
      const error = await rejection(handle(payload, buildContext({ secrets: BOTH })))

      expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
      expect(error.message).toContain(
        `Secret "OPENAI" must not be sent to ${origin}: the worker's SLUICE_SECRET_OPENAI`,
      )
      expect(everythingOf(error)).not.toContain(SECRET)
    }
    expect(trusted.connectionCount() + other.connectionCount()).toBe(0)
  })

  test('of different hosts do not go together', async () => {
    const server = await serve((_, response) => response.end())
    const hosts = [`http://127.0.0.1:${server.port}`]
    const secrets = { OPENAI: { value: SECRET, hosts }, OTHER: { value: OTHER, hosts: ['other.example'] } }
    const payload = { url: server.url, headers: { ...withSecret, 'x-other': '${secret:OTHER}' } }

    const error = await rejection(createHandler({ secrets })(payload, buildContext({ secrets: BOTH })))

    expect(error.message).toContain(`Secret "OTHER" must not be sent to http://127.0.0.1:${server.port}`)
    expect(server.connectionCount()).toBe(0)
  })

  test.for(['UNKNOWN', 'constructor', '__proto__'])(
    'that the worker does not have fail the task at once: %s',
    async (name) => {
      const server = await serve((_, response) => response.end())
      const payload = { url: server.url, headers: { 'x-key': `\${secret:${name}}` } }

      const error = await rejection(workerOf(server)(payload, buildContext({ secrets: [name] })))

      expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
      expect(error.message).toContain(`Secret "${name}" is not defined.`)
      expect(server.connectionCount()).toBe(0)
    },
  )

  test.for(['', ' OPENAI', 'OPENAI '])('cannot be named in another way: "%s"', async (name) => {
    const server = await serve((_, response) => response.end())
    const payload = { url: server.url, headers: { 'x-key': `\${secret:${name}}` } }

    const error = await rejection(workerOf(server)(payload, buildContext({ secrets: BOTH })))

    expect(error.message).toContain(`Secret "${name}" must not be used in this queue`)
  })

  test('are not sent to another site through a Host header of the task', async () => {
    const server = await serve((_, response) => response.end())
    const payload = { url: server.url, headers: { ...withSecret, Host: 'evil.example' } }

    const error = await rejection(workerOf(server)(payload, buildContext({ secrets: BOTH })))

    expect(error.message).toContain('headers.host must be omitted or equal the host of url')
    expect(server.connectionCount()).toBe(0)
  })

  test('that are not valid header values are not shown either', async () => {
    const handle = createHandler({ secrets: { OPENAI: { value: 'line\nbreak', hosts: ['http://127.0.0.1:9'] } } })

    const error = await rejection(
      handle({ url: 'http://127.0.0.1:9/', headers: withSecret }, buildContext({ secrets: BOTH })),
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
    [
      'JSON in which every character is escaped',
      'application/json',
      `{"a":"${Array.from(SECRET, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`,
    ],
    [
      'text in which every character is percent-encoded',
      'text/plain',
      Buffer.from(SECRET).toString('hex').replace(/../g, '%$&'),
    ],
    ['hex', 'text/plain', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ...[0, 1, 2].map((before): [string, string, string] => {
      const text = `${'-'.repeat(before)}${SECRET}.`
      return [`base64 that begins ${before} bytes before it`, 'text/plain', Buffer.from(text).toString('base64')]
    }),
    ['base64 for URLs', 'text/plain', Buffer.from(`a:${SECRET}`).toString('base64url')],
    ['binary content', 'application/octet-stream', `\u0000${SECRET}\u0000`],
  ]

  test.for(echoes)('as %s is recorded as ***', async ([, contentType, text]) => {
    const server = await serve((request, response) => {
      const status = request.url === '/fails' ? 400 : 200
      response.writeHead(status, { 'content-type': contentType, 'x-request-id': `id-${SECRET}` }).end(text)
    })
    const handle = workerOf(server)
    const context = buildContext({ secrets: BOTH })

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
      workerOf(server)({ url: server.url, headers: withSecret }, buildContext({ secrets: BOTH })),
    )

    expect(error.message).toContain('/?key=***')
    expect(everythingOf(error)).not.toContain('quoted')
  })
})

test('of two secrets of which one is a prefix of the other, nothing is left', () => {
  const hosts = ['a.example']
  const fillIn = createSecrets({ SHORT: { value: 'abc', hosts }, LONG: { value: 'abc-def', hosts } })
  const both = ['x', '${secret:SHORT} ${secret:LONG}']

  const { scrub } = fillIn(both, parseTarget('https://a.example'), ['SHORT', 'LONG'])

  expect(scrub?.('abc abc-def')).toBe('*** ***')
})

test('headers without a placeholder are not changed', () => {
  const plain = ['x', '$ {secret:A} ${other:A}']

  const filled = createSecrets({ A: { value: 'a', hosts: ['a.example'] } })(plain, parseTarget('https://a.example'), [])

  expect(filled).toEqual({ headers: plain, scrub: undefined })
})

test('a placeholder that is not closed ends where the next one begins, so that many of them are searched once', () => {
  // Searched from each of them to the end, so many exceed the timeout of a test, and do not run for hours.
  const unclosed = '${secret:'.repeat(100_000)
  const headers = ['x', `${unclosed}\${secret:A}`, 'y', unclosed]

  const filled = createSecrets({ A: { value: 'a', hosts: ['a.example'] } })(headers, parseTarget('https://a.example'), [
    'A',
  ])

  expect(filled.headers[1]?.length).toBe(unclosed.length + 1)
  expect(filled.headers[3]?.length).toBe(unclosed.length)
})
