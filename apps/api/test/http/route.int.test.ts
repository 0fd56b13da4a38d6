import { type Operation, operations } from '@sluice/contracts'
import type { FastifyInstance } from 'fastify'
import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { request } from '../support/raw-request.ts'
import { problemOf } from '../support/requests.ts'

const table: Operation[] = Object.values(operations)

/** Every route of the server, as method and path. */
function routesOf(app: FastifyInstance): string[] {
  const found: string[] = []
  const paths: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part = '', methods] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? []
    const depth = indent.length / 4
    paths.length = depth
    paths[depth] = part
    for (const method of methods?.split(', ') ?? []) found.push(`${method} ${paths.join('')}`)
  }
  return found
}

/** A path of the operation that names objects which do not exist. */
function exampleOf({ path }: Operation): string {
  return path.replace(':seq', '0').replaceAll(/:\w+/g, 'none')
}

describe('the routes', () => {
  apiTest('are those of the operation table, and HEAD wherever there is GET', async ({ app }) => {
    const served = routesOf(app).filter((route) => !/ \/(docs.*)?$/.test(route))

    const expected = table.flatMap(({ method, path }) =>
      (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((name) => `${name} ${path}`),
    )
    expect(served.toSorted()).toEqual(expected.toSorted())
    expect(served.length).toBeGreaterThan(25)
  })

  apiTest('refuse a Content-Encoding with 415', async ({ app }) => {
    for (const operation of table) {
      const response = await app.inject({
        method: operation.method,
        url: exampleOf(operation),
        headers: { 'content-encoding': 'gzip' },
      })

      expect([operation.id, response.statusCode, problemOf(response).code]).toEqual([
        operation.id,
        415,
        'SLUICE_MEDIA_TYPE',
      ])
    }
  })

  apiTest('refuse null as a body with 400, even if the operation requires none', async ({ app }) => {
    for (const operation of table.filter(({ body }) => body !== undefined)) {
      const response = await app.inject({
        method: operation.method,
        url: exampleOf(operation),
        headers: { 'content-type': 'application/json' },
        payload: 'null',
      })

      expect([operation.id, response.statusCode, problemOf(response).code]).toEqual([
        operation.id,
        400,
        'SLUICE_REQUEST_INVALID',
      ])
    }
  })

  apiTest('refuse a body that is not JSON with 400, even if the operation has none', async ({ app }) => {
    for (const operation of table.filter(({ method }) => method !== 'GET')) {
      const response = await app.inject({
        method: operation.method,
        url: exampleOf(operation),
        headers: { 'content-type': 'application/json' },
        payload: '{',
      })

      expect([operation.id, response.statusCode, problemOf(response).code]).toEqual([
        operation.id,
        400,
        'SLUICE_BODY_NOT_JSON',
      ])
    }
  })
})

describe('a request that Fastify refuses before a handler', () => {
  apiTest.for(['GET /docs/static/%2e%2e/package.json', 'GET /docs/static/%00'])(
    '404: %s',
    async (line, { baseUrl }) => {
      const answer = await request(baseUrl, line, ['Host: localhost'])

      expect(answer.status).toBe(404)
      expect(problemOf(answer)).toMatchObject({ code: 'SLUICE_ROUTE_NOT_FOUND', instance: line.split(' ')[1] })
    },
  )
})

describe('/docs', () => {
  apiTest('sends whole files, whatever part of them or condition a client asks for', async ({ baseUrl }) => {
    for (const header of ['Range: bytes=0-1', 'Range: bytes=999999999-', 'If-Match: "x"', 'If-Unmodified-Since: 0']) {
      const answer = await request(baseUrl, 'GET /docs/static/index.css', ['Host: localhost', header])

      expect([header, answer.status]).toEqual([header, 200])
    }
  })

  apiTest('shows the OpenAPI document without loading or sending anything elsewhere', async ({ app }) => {
    const page = await app.inject({ url: '/docs' })
    const script = await app.inject({ url: '/docs/static/swagger-initializer.js' })
    const document = await app.inject({ url: '/docs/json' })

    expect(page.statusCode).toBe(200)
    expect(page.body).not.toMatch(/(src|href)="https?:/)
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none';/)
    expect(page.headers['cross-origin-opener-policy']).toBe('same-origin')
    expect(page.headers['content-security-policy']).not.toMatch(/https|swagger|unsafe|upgrade-insecure-requests/)
    expect(script.body).toMatch(/"validatorUrl":\s*null/)
    expect(document.json()).toEqual((await app.inject({ url: '/openapi.json' })).json())
  })
})
