import { type Operation, operations } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { request } from '../support/raw-request.ts'
import { problemOf } from '../support/requests.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PURGE']

/** The methods of each path, as a client sends it. */
const methodsByPath = new Map(
  [...Map.groupBy(Object.values(operations) as Operation[], ({ path }) => path)].map(([path, ofPath]) => [
    path.replace(':seq', '0').replaceAll(/:\w+/g, 'none'),
    ofPath.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).toSorted(),
  ]),
)

describe('a request that no route serves', () => {
  apiTest('405 with the methods of its path, for every other method', async ({ baseUrl }) => {
    for (const [path, methods] of methodsByPath) {
      for (const method of METHODS.filter((name) => !methods.includes(name))) {
        const answer = await request(baseUrl, `${method} ${path}?a=1`, ['Host: localhost'])

        expect([method, path, answer.status, answer.headers.allow]).toEqual([method, path, 405, methods.join(', ')])
        if (method === 'HEAD') continue
        expect(problemOf(answer)).toMatchObject({ code: 'SLUICE_METHOD_NOT_ALLOWED', instance: path })
      }
    }
    expect(methodsByPath.size).toBeGreaterThan(20)
  })

  apiTest('405 for the pages of /docs', async ({ baseUrl }) => {
    for (const path of ['/docs', '/docs/json', '/docs/static/index.css']) {
      const answer = await request(baseUrl, `POST ${path}`, ['Host: localhost'])

      expect([path, answer.status, answer.headers.allow]).toEqual([path, 405, 'GET, HEAD'])
    }
  })

  apiTest('405 or 404 before its body is read, for every body', async ({ app }) => {
    const send = (url: string) =>
      app.inject({ method: 'PUT', url, headers: { 'content-type': 'text/plain' }, payload: 'x' })

    expect(problemOf(await send('/v1/batches')).code).toBe('SLUICE_METHOD_NOT_ALLOWED')
    expect(problemOf(await send('/v1/nope')).code).toBe('SLUICE_ROUTE_NOT_FOUND')
  })

  apiTest('404 if its path has no route at all', async ({ app }) => {
    for (const url of ['/v1', '/v1/batches/', '/v1/batches/a/b/c/d', '/v1/BATCHES', '/healthz/x']) {
      const response = await app.inject({ method: 'POST', url })

      expect([url, response.statusCode, problemOf(response).code]).toEqual([url, 404, 'SLUICE_ROUTE_NOT_FOUND'])
    }
  })
})
