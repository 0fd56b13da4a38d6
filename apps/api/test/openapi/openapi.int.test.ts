import type { FastifyInstance } from 'fastify'
import { describe, expect } from 'vitest'
import { apiTest } from '../harness/api-test.ts'

interface Operation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  parameters?: { name: string; in: string; description?: string }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
}

interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

async function readDocument(app: FastifyInstance): Promise<Document> {
  return (await app.inject({ url: '/openapi.json' })).json<Document>()
}

async function readOperations(app: FastifyInstance): Promise<[route: string, operation: Operation][]> {
  const { paths } = await readDocument(app)
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )
}

/** Every route of the server, with parameters written as OpenAPI does. */
function routesOf(app: FastifyInstance): string[] {
  const found: string[] = []
  const paths: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part = '', methods] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?$/.exec(line) ?? []
    const depth = indent.length / 4
    paths.length = depth
    paths[depth] = part
    const path = paths.join('').replaceAll(/:(\w+)/g, '{$1}')
    for (const method of methods?.split(', ') ?? []) found.push(`${method} ${path}`)
  }
  return found
}

describe('/openapi.json', () => {
  apiTest('describes every route there is, and no other', async ({ app }) => {
    const described = (await readOperations(app)).map(([route]) => route)

    const served = routesOf(app).filter((route) => !/ \/docs/.test(route))

    expect(described.toSorted()).toEqual(served.toSorted())
    expect(described.length).toBeGreaterThanOrEqual(20)
  })

  apiTest('says of each route what it does and what it answers', async ({ app }) => {
    for (const [route, operation] of await readOperations(app)) {
      expect(operation, `of ${route}`).toMatchObject({
        operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
        summary: expect.stringMatching(/.{5,}/),
        description: expect.stringMatching(/.{20,}/),
        tags: [expect.any(String)],
      })
      const statuses = Object.keys(operation.responses)
      expect(statuses.join(), `of ${route}`).toMatch(/2\d\d/)
      for (const [status, response] of Object.entries(operation.responses)) {
        expect(response.description, `${route} ${status}`).not.toBe('Default Response')
        if (status !== '204')
          expect(Object.values(response.content ?? {})[0]?.schema, `${route} ${status}`).toBeDefined()
      }
      for (const { name, description } of operation.parameters ?? [])
        expect(description, `${route} ${name}`).toBeTruthy()
    }
  })

  apiTest('has an id of its own for each operation', async ({ app }) => {
    const ids = (await readOperations(app)).map(([, { operationId }]) => operationId)

    expect(new Set(ids).size).toBe(ids.length)
  })

  apiTest('declares 404 wherever something is named, and problems as problems', async ({ app }) => {
    for (const [route, { responses }] of await readOperations(app)) {
      if (route.includes('{') && !route.startsWith('PUT')) expect(responses, `of ${route}`).toHaveProperty('404')
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) >= 400) {
          expect(content, `${route} ${status}`).toEqual({
            'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          })
        }
      }
    }
  })

  apiTest('is OpenAPI 3.1 whose references all lead somewhere', async ({ app }) => {
    const document = await readDocument(app)

    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]

    expect(document.openapi).toBe('3.1.0')
    expect(references.length).toBeGreaterThan(50)
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name)
  })

  apiTest('shows both ways to append', async ({ app }) => {
    const { paths } = await readDocument(app)

    const { requestBody } = paths['/v1/batches/{id}/tasks']?.post ?? {}

    expect(Object.keys(requestBody?.content ?? {})).toEqual(['application/json', 'application/x-ndjson'])
  })
})

describe('/docs', () => {
  apiTest('shows the description, from its own files and without telling anybody', async ({ app }) => {
    const page = await app.inject({ url: '/docs' })
    const script = await app.inject({ url: '/docs/static/swagger-initializer.js' })

    expect(page.statusCode).toBe(200)
    expect(page.body).not.toMatch(/(src|href)="https?:/)
    expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests')
    expect(script.body).toMatch(/"validatorUrl":\s*null/)
  })
})
