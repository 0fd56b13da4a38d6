import { AppendTasksQuery, CreateBatchBody, TaskListQuery, TaskParams } from '@sluice/contracts'
import type { TSchema } from 'typebox'
import { expect, test } from 'vitest'
import type { RequestInvalidError } from '../src/errors/api-errors.ts'
import { compileRequestValidator } from '../src/request-validator.ts'

type Part = 'body' | 'querystring' | 'params'

function check(schema: TSchema, httpPart: Part, value: unknown): { value?: unknown; errors?: unknown } {
  const validate = compileRequestValidator({ schema, httpPart, method: 'POST', url: '/' })
  const outcome = validate(value) as { value?: unknown; error?: RequestInvalidError }
  return outcome.error === undefined ? { value: outcome.value } : { errors: outcome.error.details.errors }
}

test('a valid body is handed on as it is: nothing is filled in', () => {
  const body = { tasks: [{ payload: { a: [1] } }] }

  expect(check(CreateBatchBody, 'body', body).value).toBe(body)
})

test('everything that is wrong is named, with path and value', () => {
  const body = { foo: 1, priority: 11, retry: { maxAttempts: 'many' }, tasks: [{ payload: 1 }, { key: 7 }] }

  const { errors } = check(CreateBatchBody, 'body', body)

  expect(errors).toHaveLength(5)
  expect(errors).toEqual(
    expect.arrayContaining([
      { path: 'body/foo', message: 'is not a known property', value: 1 },
      { path: 'body/priority', message: 'must be <= 10', value: 11 },
      { path: 'body/retry/maxAttempts', message: 'must be integer', value: 'many' },
      { path: 'body/tasks/1/payload', message: 'is missing' },
      { path: 'body/tasks/1/key', message: 'must be string', value: 7 },
    ]),
  )
})

test('unknown properties are refused at every depth, not taken out', () => {
  expect(check(CreateBatchBody, 'body', { retry: { maxAttempt: 3 } }).errors).toEqual([
    { path: 'body/retry/maxAttempt', message: 'is not a known property', value: 3 },
  ])
})

test.each([
  { priority: '5' },
  { sealed: 'true' },
  { sealed: 1 },
  { concurrency: 1.5 },
  { code: 5 },
  { tasks: {} },
  { metadata: [] },
  { queue: null },
])('types are not bent in bodies: %j', (body) => {
  expect(check(CreateBatchBody, 'body', body).errors).toHaveLength(1)
})

test('long values are cut short', () => {
  expect(check(CreateBatchBody, 'body', { queue: 'Q'.repeat(500) }).errors).toMatchObject([
    { path: 'body/queue', value: `${'Q'.repeat(100)}…` },
  ])
})

test('thousands of errors make an answer of bounded size, soon', () => {
  const tasks = Array.from({ length: 100_000 }, () => ({ payload: 1, oops: 1 }))
  const start = performance.now()

  const { errors } = check(CreateBatchBody, 'body', { tasks })

  expect((errors as unknown[]).length).toBeLessThanOrEqual(50)
  expect(performance.now() - start).toBeLessThan(5000)
})

test('no body at all is one plain error', () => {
  expect(check(CreateBatchBody, 'body', undefined).errors).toEqual([{ path: 'body', message: 'is missing' }])
})

test.each(['a', 'a b', 'ä€😀', '../x', 'x'.repeat(200)].filter((code) => !code.includes('/')))(
  'the code %s is fine',
  (code) => {
    expect(check(CreateBatchBody, 'body', { code }).errors).toBeUndefined()
  },
)

test.each(['', 'a/b', 'a\nb', 'a\u0000', '\u009f', '\ud800', 'x'.repeat(201)])('the code %j is refused', (code) => {
  expect(check(CreateBatchBody, 'body', { code }).errors).toMatchObject([{ path: 'body/code' }])
})

test('digits in a query string become numbers', () => {
  expect(check(AppendTasksQuery, 'querystring', { offset: '12' }).value).toEqual({ offset: 12 })
  expect(check(TaskParams, 'params', { id: '7', seq: '3' }).value).toEqual({ id: '7', seq: 3 })
})

test.each(['1.5', '', 'abc', '1e3', '-1', ' 1', '0x10', '99999999999999999999', ['1', '2']])(
  'anything else does not: %j',
  (offset) => {
    expect(check(AppendTasksQuery, 'querystring', { offset }).errors).toMatchObject([{ path: 'query/offset' }])
  },
)

test('a word that is not one of those allowed is answered with those that are', () => {
  expect(check(TaskListQuery, 'querystring', { state: 'done', limt: '1' }).errors).toEqual([
    { path: 'query/limt', message: 'is not a known property', value: '1' },
    {
      path: 'query/state',
      message: 'must be one of pending, delayed, running, completed, failed, cancelled',
      value: 'done',
    },
  ])
})

test('property names that need escaping keep their place', () => {
  expect(check(CreateBatchBody, 'body', { 'a/b~c': 1 }).errors).toEqual([
    { path: 'body/a~1b~0c', message: 'is not a known property', value: 1 },
  ])
})
