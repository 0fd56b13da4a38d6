import { describe, expect, test } from 'vitest'
import { errorsOf, type Operation, operations, permissions } from '../../src/index.ts'

const table: [id: string, operation: Operation][] = Object.entries(operations)

/** The names after a colon in a path. */
function parametersOf(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
}

describe('the operation table', () => {
  test('has each operation under its id, with a method and path of its own', () => {
    const routes = new Set(table.map(([, { method, path }]) => `${method} ${path}`))

    expect(table.map(([, { id }]) => id)).toEqual(Object.keys(operations))
    expect(routes.size).toBe(table.length)
  })

  test('uses every permission', () => {
    const used = new Set(table.flatMap(([, { permission, bodyPermissions = [] }]) => [permission, ...bodyPermissions]))

    expect([...used].filter((name) => name !== null).toSorted()).toEqual(Object.keys(permissions).toSorted())
  })

  test('opens health checks, the OpenAPI document, signing in and signing out to anyone, and nothing else', () => {
    const open = table.filter(([, { permission }]) => permission === null).map(([id]) => id)

    expect(open).toEqual([
      'createSession',
      'startSignIn',
      'finishSignIn',
      'deleteSession',
      'checkAlive',
      'checkReady',
      'readOpenapi',
    ])
  })
})

describe.each(table)('%s', (_id, operation) => {
  test('states the permission that it needs, which allows writing only if the operation writes', () => {
    const { method, permission } = operation
    const verb = method === 'GET' ? ':read' : ':write'

    expect(permission).toSatisfy((name) => name === null || Object.hasOwn(permissions, String(name)))
    expect(permission ?? verb).toMatch(method === 'GET' ? /:read$/ : /:(write|control|delete)$/)
  })

  test('describes each parameter of its path', () => {
    expect(Object.keys(operation.params?.properties ?? {})).toEqual(parametersOf(operation.path))
  })

  test('has a summary without a full stop and a description in sentences', () => {
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/)
    expect(operation.description).toMatch(/^[A-Z].{20,}\.$/s)
  })

  test('has a successful answer, and no other kind of answer', () => {
    const statuses = Object.keys(operation.answers).map(Number)

    expect(statuses.length).toBeGreaterThan(0)
    expect(statuses.every((status) => (status >= 200 && status < 300) || status === 302)).toBe(true)
  })

  test('explains only errors that it can answer', () => {
    expect(errorsOf(operation)).toEqual(expect.arrayContaining(Object.keys(operation.remarks ?? {})))
    expect(new Set(operation.errors).size).toBe(operation.errors.length)
  })
})
