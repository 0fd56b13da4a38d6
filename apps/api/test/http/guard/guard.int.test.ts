import { type Operation, operations } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { apiTest } from '../../support/api-test.ts'
import { createBatch, problemOf } from '../../support/requests.ts'
import { request } from '../../support/raw-request.ts'

const table: Operation[] = Object.values(operations)

/** Every operation, and what has none. */
const TARGETS = [
  ...table.map(({ method, path }) => `${method} ${path.replace(':seq', '0').replaceAll(/:\w+/g, 'none')}`),
  'GET /docs',
  'GET /docs/json',
  'GET /docs/static/index.css',
  'GET /nope',
  'OPTIONS /v1/batches',
  'GET /v1/batches/%zz',
  `GET /v1/batches/${'x'.repeat(3000)}`,
]

/** What web pages send, besides the host: none of these requests is one of the API's own pages or of a person. */
const FOREIGN_HEADERS = [
  'Origin: http://evil.example',
  'Origin: null',
  'Origin: http://localhost:8080',
  'Origin: http://localhost',
  'Sec-Fetch-Site: cross-site',
  'Sec-Fetch-Site: same-site',
  'Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site',
  'Sec-Fetch-Site: new-value',
]

describe('a request for a foreign host', () => {
  apiTest('421 before anything else, whatever it asks for', async ({ baseUrl }) => {
    for (const target of TARGETS) {
      const answer = await request(baseUrl, target, ['Host: evil.example:3000', 'Content-Encoding: gzip'])

      expect([target, answer.status]).toEqual([target, 421])
      expect(problemOf(answer)).toMatchObject({
        code: 'SLUICE_HOST_NOT_ALLOWED',
        detail: expect.stringMatching(/"evil\.example:3000".*SLUICE_ALLOWED_HOSTS/),
        requestId: answer.headers['x-request-id'],
      })
    }
  })

  apiTest('421 if only the request line names it', async ({ baseUrl }) => {
    const answer = await request(baseUrl, 'GET http://evil.example/healthz', ['Host: localhost'])

    expect(answer.status).toBe(421)
    expect((await request(baseUrl, 'GET http://localhost/healthz', ['Host: localhost'])).status).toBe(200)
  })

  apiTest('400 if it names no host, or two', async ({ baseUrl }) => {
    for (const headers of [[], ['Host: localhost', 'host: evil.example'], ['hOST: localhost', 'Host: localhost']]) {
      const answer = await request(baseUrl, 'GET /healthz', headers)

      expect(answer.status).toBe(400)
      expect(problemOf(answer)).toMatchObject({ code: 'SLUICE_REQUEST_INVALID', errors: [{ path: 'headers/host' }] })
    }
  })
})

describe('a request of a page of another site', () => {
  apiTest.for(FOREIGN_HEADERS)('403 before anything else, with %s', async (header, { baseUrl }) => {
    for (const target of TARGETS) {
      const answer = await request(baseUrl, target, ['Host: localhost:3000', header, 'Content-Encoding: gzip'])

      expect([target, answer.status]).toEqual([target, 403])
      expect(problemOf(answer)).toMatchObject({
        code: 'SLUICE_CROSS_ORIGIN',
        requestId: answer.headers['x-request-id'],
      })
    }
  })

  apiTest('changes nothing, with or without a body', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app, { code: 'invoices' })
    const host = `Host: ${new URL(baseUrl).host}`
    for (const verb of ['interrupt', 'seal', 'cancel']) {
      await request(baseUrl, `POST /v1/batches/code:invoices/${verb}`, [host, 'Sec-Fetch-Site: cross-site'])
      await request(baseUrl, `POST /v1/batches/code:invoices/${verb}`, [host, 'Origin: http://evil.example'])
    }
    await request(
      baseUrl,
      'POST /v1/batches',
      ['Host: evil.example', 'Content-Type: application/json', 'Content-Length: 2'],
      '{}',
    )

    expect((await app.inject({ url: `/v1/batches/${id}` })).json()).toMatchObject({ state: 'active', sealed: false })
    expect((await app.inject({ url: '/v1/batches' })).json()).toMatchObject({ batches: { length: 1 } })
  })

  apiTest('does not reach the overload gate', async ({ app, baseUrl }) => {
    const before = app.overloadGate.stats().admitted

    await request(baseUrl, 'GET /v1/batches', ['Host: evil.example'])

    expect(app.overloadGate.stats().admitted).toBe(before)
  })
})

describe('200 for', () => {
  const own = (baseUrl: string) => new URL(baseUrl).host

  apiTest('clients other than browsers, which send neither Origin nor Sec-Fetch-Site', async ({ baseUrl }) => {
    expect((await request(baseUrl, 'GET /v1/batches', [`Host: ${own(baseUrl)}`])).status).toBe(200)
    expect((await request(baseUrl, 'GET /v1/batches', ['Host: localhost:9'])).status).toBe(200)
  })

  apiTest('pages of the API itself, also behind a proxy with TLS that passes the host on', async ({ baseUrl }) => {
    for (const headers of [
      [`Host: ${own(baseUrl)}`, `Origin: http://${own(baseUrl)}`, 'Sec-Fetch-Site: same-origin'],
      ['Host: localhost', 'Origin: https://localhost', 'Sec-Fetch-Site: same-origin'],
      ['Host: localhost:443', 'Origin: https://localhost'],
    ]) {
      expect((await request(baseUrl, 'GET /v1/batches', headers)).status).toBe(200)
    }
  })

  apiTest('a person who enters the address', async ({ baseUrl }) => {
    const headers = [`Host: ${own(baseUrl)}`, 'Sec-Fetch-Site: none', 'Sec-Fetch-Mode: navigate']

    expect((await request(baseUrl, 'GET /docs', headers)).status).toBe(200)
  })

  apiTest('a person who follows a link of another site to a page, and 403 to anything else', async ({ baseUrl }) => {
    const link = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']
    const statusOf = async (target: string, headers: readonly string[]) =>
      (await request(baseUrl, target, [`Host: ${own(baseUrl)}`, ...headers])).status

    expect(await statusOf('GET /docs', link)).toBe(200)
    expect(await statusOf('GET /v1/session/oidc/callback', link)).toBe(404)
    expect(await statusOf('GET /v1/batches', link)).toBe(403)
    expect(await statusOf('POST /docs', link)).toBe(403)
    expect(
      await statusOf('GET /docs', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe']),
    ).toBe(403)
    expect(
      await statusOf('GET /docs', [
        'Sec-Fetch-Site: cross-site',
        'Sec-Fetch-Mode: no-cors',
        'Sec-Fetch-Dest: document',
      ]),
    ).toBe(403)
    expect(await statusOf('GET /docs', [...link, 'Origin: http://evil.example'])).toBe(403)
  })
})

apiTest('no answer may be guessed at, kept, or handed to another site by a browser', async ({ baseUrl }) => {
  for (const target of TARGETS.filter((line) => !line.startsWith('GET /docs'))) {
    const { headers } = await request(baseUrl, target, ['Host: localhost'])

    expect([target, headers]).toMatchObject([
      target,
      {
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ])
  }
})
