import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { operations } from '@sluice/contracts'
import { expect, onTestFinished, test } from 'vitest'
import { openapiDocument } from '../../../src/http/openapi/openapi-document.ts'

interface OperationObject {
  operationId: string
  parameters?: { name: string; in: string; description?: string }[]
  requestBody?: { content: Record<string, { schema?: object; itemSchema?: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema?: object; itemSchema?: object }> }>
}

const { paths, components } = openapiDocument as unknown as {
  paths: Record<string, Record<string, OperationObject>>
  components: { schemas: Record<string, object> }
}

const described = Object.values(paths).flatMap((methods) => Object.values(methods))

const redocly = fileURLToPath(new URL('../../../node_modules/.bin/redocly', import.meta.url))
const rules = fileURLToPath(new URL('redocly.yaml', import.meta.url))

/** Runs the linter offline: without telemetry and without a check for updates. */
function lint(document: object): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(document, null, 2))
  const { status, stdout, stderr } = spawnSync(redocly, ['lint', file, '--config', rules, '--format', 'stylish'], {
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
  return { status, output: stdout + stderr }
}

test('passes a strict linter', () => {
  expect(lint(openapiDocument)).toEqual({
    status: 0,
    output: expect.stringContaining('Your API description is valid'),
  })
})

test('the linter finds errors', () => {
  expect(lint({ ...openapiDocument, servers: [] })).toMatchObject({
    status: 1,
    output: expect.stringContaining('no-empty-servers'),
  })
})

test('describes every operation once', () => {
  expect(described.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(operations).toSorted())
})

test('every parameter has a description', () => {
  for (const { operationId, parameters = [] } of described) {
    for (const { name, description } of parameters) expect(description, `${operationId} ${name}`).toBeTruthy()
  }
})

test('every refusal is a problem document with its codes', () => {
  for (const { operationId, responses } of described) {
    for (const [status, response] of Object.entries(responses).filter(([code]) => Number(code) >= 400)) {
      expect(response, `${operationId} ${status}`).toMatchObject({
        description: expect.stringMatching(/^- `SLUICE_/),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        'x-error-codes': expect.arrayContaining([expect.stringMatching(/^SLUICE_/)]),
      })
    }
  }
})

test('every operation on a named object may answer 404', () => {
  const without404 = Object.entries(paths)
    .filter(([template]) => template.includes('{'))
    .flatMap(([, methods]) => Object.values(methods))
    .filter(({ responses }) => !('404' in responses))

  expect(without404.map(({ operationId }) => operationId)).toEqual(['putQueue', 'putLimit', 'putTenant'])
})

test('every reference has a target', () => {
  const references = [...JSON.stringify(openapiDocument).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]

  expect(references.length).toBeGreaterThan(50)
  for (const [, name = ''] of references) expect(components.schemas).toHaveProperty(name)
})

test('describes both ways to append tasks, and an NDJSON body line by line', () => {
  const { requestBody } = paths['/v1/batches/{id}/tasks']?.post ?? {}

  expect(requestBody?.content).toEqual({
    'application/json': { schema: expect.anything() },
    'application/x-ndjson': { itemSchema: { $ref: '#/components/schemas/TaskLine' } },
  })
})

test('describes streams by their lines and events', () => {
  expect(paths['/v1/batches/{id}/results']?.get?.responses['200']?.content).toEqual({
    'application/x-ndjson': { itemSchema: { $ref: '#/components/schemas/TaskResult' } },
    'text/csv': { schema: { type: 'string', description: expect.stringContaining('- `error.failureClass`: ') } },
  })
  expect(paths['/v1/batches/{id}/events']?.get?.responses['200']?.content).toMatchObject({
    'text/event-stream': {
      itemSchema: {
        properties: {
          event: { enum: ['snapshot', 'change', 'end'] },
          data: { contentMediaType: 'application/json', contentSchema: { $ref: '#/components/schemas/Batch' } },
        },
      },
    },
  })
})
