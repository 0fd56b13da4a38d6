import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { apiTest } from '../../support/api-test.ts'
import { parseAnswer, sendRaw } from '../../support/raw-request.ts'
import { problemOf } from '../../support/requests.ts'

/** The status lines in what a server sent. */
function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

const host = 'Host: localhost\r\n'

describe('what the parser refuses', () => {
  apiTest.for([
    ['bytes that are no HTTP', 'hello\r\n\r\n', 400, 'SLUICE_REQUEST_MALFORMED'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'SLUICE_REQUEST_MALFORMED'],
    [
      'two lengths',
      `GET / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      400,
      'SLUICE_REQUEST_MALFORMED',
    ],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      400,
      'SLUICE_REQUEST_MALFORMED',
    ],
    ['CONNECT', `CONNECT localhost:1 HTTP/1.1\r\n${host}\r\n`, 400, 'SLUICE_REQUEST_MALFORMED'],
    [
      'large headers',
      `GET / HTTP/1.1\r\n${host}Cookie: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'SLUICE_HEADERS_TOO_LARGE',
    ],
  ] as const)('is answered with a problem document: %s', async ([, bytes, status, code], { baseUrl }) => {
    const answer = parseAnswer(await sendRaw(baseUrl, bytes))

    expect(answer.status).toBe(status)
    expect(problemOf(answer)).toMatchObject({ status, code, requestId: answer.headers['x-request-id'] })
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', connection: 'close' })
  })

  apiTest('is answered after the answers to the requests before it', async ({ baseUrl }) => {
    const healthy = `GET /healthz HTTP/1.1\r\n${host}\r\n`
    const received = await sendRaw(baseUrl, healthy, { next: 'oops\r\n\r\n', after: '{"status":"ok"}' })

    expect(statusesIn(received)).toEqual([200, 400])
    expect(received).toContain('SLUICE_REQUEST_MALFORMED')
  })

  apiTest('closes the connection without an answer while others are due', async ({ baseUrl }) => {
    const received = await sendRaw(baseUrl, `GET /v1/queues HTTP/1.1\r\n${host}\r\noops\r\n\r\n`)

    expect(statusesIn(received)).not.toContain(400)
  })

  apiTest('gets one answer if the body of a request is broken', async ({ baseUrl }) => {
    const head = (more: string) =>
      `POST /v1/batches HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n${more}\r\n`

    const broken = await sendRaw(baseUrl, `${head('')}zz\r\n{}\r\n`)
    const answered = await sendRaw(baseUrl, head('Content-Encoding: gzip\r\n'), {
      next: 'zz\r\n',
      after: 'SLUICE_MEDIA_TYPE',
    })

    expect(statusesIn(broken)).toEqual([400])
    expect(broken).toContain('SLUICE_REQUEST_MALFORMED')
    expect(statusesIn(answered)).toEqual([415])
  })
})

apiTest('an expectation that the API does not know is ignored', async ({ baseUrl }) => {
  const expecting = `POST /v1/batches HTTP/1.1\r\n${host}Expect: wonders\r\nContent-Type: application/json\r\n`

  const served = await sendRaw(baseUrl, `${expecting}Content-Length: 2\r\nConnection: close\r\n\r\n{}`)
  const broken = await sendRaw(baseUrl, `${expecting}Transfer-Encoding: oops\r\n\r\nzz\r\n`)

  expect(statusesIn(served)).toEqual([201])
  expect(statusesIn(broken)).toHaveLength(1)
})

apiTest('a client that hangs up is no error', async ({ app, baseUrl }) => {
  const { hostname, port } = new URL(baseUrl)
  for (let i = 0; i < 20; i += 1) {
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    await new Promise((resolve) => socket.write('GET / HT', resolve))
    socket.resetAndDestroy()
  }

  expect((await app.inject({ url: '/healthz' })).statusCode).toBe(200)
})
