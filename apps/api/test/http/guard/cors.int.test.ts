import { describe, expect } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { apiTest } from '../../support/api-test.ts'
import { request } from '../../support/raw-request.ts'
import { problemOf } from '../../support/requests.ts'

const ORIGIN = 'https://app.example.com'

const corsTest = apiTest.override('app', async ({ engine, onTestFinished }) => {
  const app = await buildApp({ engine, allowAnonymous: true, corsOrigins: [ORIGIN, 'http://localhost:5173'] })
  onTestFinished(() => app.close())
  return app
})

const asPage = ['Host: localhost', `Origin: ${ORIGIN}`, 'Sec-Fetch-Site: cross-site']
const preflight = [...asPage, 'Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: content-type']

describe('a page of an origin in SLUICE_CORS_ORIGINS', () => {
  corsTest('may read answers, refusals and their headers', async ({ baseUrl }) => {
    for (const path of ['/v1/batches', '/v1/batches/none', '/nope']) {
      const { headers } = await request(baseUrl, `GET ${path}`, asPage)

      expect({ path, ...headers }).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-expose-headers': expect.stringMatching(/x-request-id/),
        vary: expect.stringMatching(/origin/i),
      })
    }
  })

  corsTest('may watch a batch', async ({ app, baseUrl }) => {
    await app.inject({ method: 'POST', url: '/v1/batches', payload: { code: 'one' } })
    const abort = new AbortController()

    const response = await fetch(`${baseUrl}/v1/batches/code:one/events`, {
      headers: { origin: ORIGIN },
      signal: abort.signal,
    })

    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(response.headers.get('vary')).toMatch(/origin/)
    abort.abort()
  })

  corsTest('204 to a preflight for any path, which allows what clients send', async ({ baseUrl }) => {
    for (const path of ['/v1/batches', '/v1/queues/default', '/metrics', '/nope']) {
      const { status, headers, body } = await request(baseUrl, `OPTIONS ${path}`, preflight)

      expect([path, status, body]).toEqual([path, 204, ''])
      expect(headers).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': expect.stringMatching(/content-type.*idempotency-key/),
        'access-control-max-age': '7200',
      })
    }
  })

  corsTest('may not send cookies', async ({ baseUrl }) => {
    expect((await request(baseUrl, 'OPTIONS /v1/batches', preflight)).headers).not.toHaveProperty(
      'access-control-allow-credentials',
    )
  })

  corsTest('421 all the same if the request names a foreign host', async ({ baseUrl }) => {
    const answer = await request(baseUrl, 'GET /v1/batches', ['Host: evil.example', ...asPage.slice(1)])

    expect(answer.status).toBe(421)
  })
})

describe('a page of any other origin', () => {
  corsTest.for([
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://evil.app.example.com',
    'https://app.example.com.evil.example',
    'HTTPS://APP.EXAMPLE.COM',
    'null',
  ])('403, and no leave to read that: %s', async (origin, { baseUrl }) => {
    for (const line of ['GET /v1/batches', 'OPTIONS /v1/batches']) {
      const answer = await request(baseUrl, line, [
        'Host: localhost',
        `Origin: ${origin}`,
        'Access-Control-Request-Method: GET',
      ])

      expect(answer.status).toBe(403)
      expect(problemOf(answer).code).toBe('SLUICE_CROSS_ORIGIN')
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    }
  })

  corsTest('403 for a request without Origin, such as a link or an image', async ({ baseUrl }) => {
    const answer = await request(baseUrl, 'GET /v1/batches', ['Host: localhost', 'Sec-Fetch-Site: cross-site'])

    expect(answer.status).toBe(403)
  })
})

apiTest('without SLUICE_CORS_ORIGINS, no answer has a header of CORS', async ({ baseUrl }) => {
  for (const line of ['GET /v1/batches', 'OPTIONS /v1/batches']) {
    const { headers } = await request(baseUrl, line, ['Host: localhost'])

    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  }
})
