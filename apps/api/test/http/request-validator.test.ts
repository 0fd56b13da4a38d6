import {
  AppendTasksQuery,
  ChangeQueueBody,
  CreateBatchBody,
  ListTasksQuery,
  ReadResultsQuery,
  TaskParams,
} from '@sluice/contracts'
import type { TSchema } from 'typebox'
import { expect, test } from 'vitest'
import type { RequestInvalidError } from '../../src/intake/intake-errors.ts'
import { compileRequestValidator } from '../../src/http/request-validator.ts'

type Part = 'body' | 'querystring' | 'params'

function check(schema: TSchema, httpPart: Part, value: unknown): { value?: unknown; errors?: unknown } {
  const validate = compileRequestValidator({ schema, httpPart, method: 'POST', url: '/' })
  const outcome = validate(value) as { value?: unknown; error?: RequestInvalidError }
  return outcome.error === undefined ? { value: outcome.value } : { errors: outcome.error.details.errors }
}

test('passes a valid body on unchanged and fills in no defaults', () => {
  const body = { tasks: [{ payload: { a: [1] } }] }

  expect(check(CreateBatchBody, 'body', body).value).toBe(body)
})

test('lists every error with its path and value', () => {
  const body = { foo: 1, priority: 11, retry: { maxAttempts: 'many' }, tasks: [{ payload: 1 }, { key: 7 }] }

  const { errors } = check(CreateBatchBody, 'body', body)

  expect(errors).toHaveLength(5)
  expect(errors).toEqual(
    expect.arrayContaining([
      { path: 'body/foo', message: 'is not a known property', value: 1 },
      { path: 'body/priority', message: 'must be at most 10', value: 11 },
      { path: 'body/retry/maxAttempts', message: 'must be an integer', value: 'many' },
      { path: 'body/tasks/1/payload', message: 'is missing' },
      { path: 'body/tasks/1/key', message: 'must be a string', value: 7 },
    ]),
  )
})

test('refuses unknown properties at every depth instead of removing them', () => {
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
])('converts no types in bodies: %j', (body) => {
  expect(check(CreateBatchBody, 'body', body).errors).toHaveLength(1)
})

test('shortens long values', () => {
  expect(check(CreateBatchBody, 'body', { queue: 'Q'.repeat(500) }).errors).toMatchObject([
    { path: 'body/queue', value: `${'Q'.repeat(100)}…` },
  ])
})

test('answers thousands of errors quickly and in bounded size', () => {
  const tasks = Array.from({ length: 100_000 }, () => ({ payload: 1, oops: 1 }))
  const start = performance.now()

  const { errors } = check(CreateBatchBody, 'body', { tasks })

  expect((errors as unknown[]).length).toBeLessThanOrEqual(50)
  expect(performance.now() - start).toBeLessThan(5000)
})

test('reports a missing body as one error', () => {
  expect(check(CreateBatchBody, 'body', undefined).errors).toEqual([{ path: 'body', message: 'is missing' }])
})

test.each(['a', 'a b', 'ä€😀', '../x', 'x'.repeat(200)].filter((code) => !code.includes('/')))(
  'accepts the code %s',
  (code) => {
    expect(check(CreateBatchBody, 'body', { code }).errors).toBeUndefined()
  },
)

test.each(['', 'a/b', 'a\nb', 'a\u0000', '\u009f', '\ud800', 'x'.repeat(201)])('refuses the code %j', (code) => {
  expect(check(CreateBatchBody, 'body', { code }).errors).toMatchObject([{ path: 'body/code' }])
})

test('converts digits in query strings and paths to numbers', () => {
  expect(check(AppendTasksQuery, 'querystring', { offset: '12' }).value).toEqual({ offset: 12 })
  expect(check(TaskParams, 'params', { id: '7', seq: '3' }).value).toEqual({ id: '7', seq: 3 })
})

test.each(['1.5', '', 'abc', '1e3', '-1', ' 1', '0x10', '99999999999999999999', ['1', '2']])(
  'converts nothing else to a number: %j',
  (offset) => {
    expect(check(AppendTasksQuery, 'querystring', { offset }).errors).toMatchObject([{ path: 'query/offset' }])
  },
)

test('reads a parameter that may be repeated as an array', () => {
  expect(check(ReadResultsQuery, 'querystring', { state: 'failed' }).value).toEqual({ state: ['failed'] })
  expect(check(ReadResultsQuery, 'querystring', { state: ['failed', 'pending'] }).value).toEqual({
    state: ['failed', 'pending'],
  })
  expect(check(ReadResultsQuery, 'querystring', { state: 'done' }).errors).toMatchObject([{ path: 'query/state/0' }])
})

test('names the allowed values for any other value', () => {
  expect(check(ListTasksQuery, 'querystring', { state: 'done', limt: '1' }).errors).toEqual([
    { path: 'query/limt', message: 'is not a known property', value: '1' },
    {
      path: 'query/state',
      message: 'must be one of pending, delayed, running, completed, failed, cancelled',
      value: 'done',
    },
  ])
})

test('escapes property names in paths', () => {
  expect(check(CreateBatchBody, 'body', { 'a/b~c': 1 }).errors).toEqual([
    { path: 'body/a~1b~0c', message: 'is not a known property', value: 1 },
  ])
})

test('says what is wrong with a value that may also be null, and not that it must be null', () => {
  const body = { http: { hosts: 'x' }, interruptionCriteria: { stopOn: ['x'], maxErrorRate: 2 }, concurrency: 'x' }

  const { errors } = check(ChangeQueueBody, 'body', body)

  expect((errors as { path: string; message: string }[]).map(({ path, message }) => `${path} ${message}`)).toEqual([
    'body/concurrency must be an integer',
    'body/http/hosts must be an array',
    'body/interruptionCriteria/maxErrorRate must be at most 1',
    'body/interruptionCriteria/stopOn/0 must be one of rate_limited, overloaded, timeout, network, auth, invalid, server, handler, worker_lost',
  ])
})
