import { operations } from '@sluice/contracts'
import { type ErrorKind, SluiceError, StorageFullError } from '@sluice/engine'
import type { FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { describeError, INTERNAL_FAILURE } from '../../../src/http/errors/describe-error.ts'
import { UploadAbortedError } from '../../../src/intake/intake-errors.ts'

class ExampleError extends SluiceError {
  readonly code = 'SLUICE_EXAMPLE'
  readonly kind: ErrorKind
  override readonly retryAfterMs = 1500

  constructor(kind: ErrorKind) {
    super('An example.')
    this.kind = kind
  }
}

const request = {
  url: '/v1/batches/%zz?a=1',
  headers: { 'content-type': 'text/plain', 'content-length': '200000' },
  routeOptions: { bodyLimit: 131_072, config: { operation: operations.appendTasks } },
} as unknown as FastifyRequest

function errorWith(properties: object, message = 'internal words'): Error {
  return Object.assign(new Error(message), properties)
}

test.each<[ErrorKind, number]>([
  ['invalid', 400],
  ['not_found', 404],
  ['conflict', 409],
  ['late', 408],
  ['limited', 429],
  ['overloaded', 503],
  ['full', 507],
  ['unavailable', 503],
])('a refusal of kind %s is a %i', (kind, status) => {
  expect(describeError(new ExampleError(kind), request)).toEqual({
    status,
    code: 'SLUICE_EXAMPLE',
    detail: 'An example.',
    retryAfterMs: 1500,
    details: {},
  })
})

test('the details of a refusal become members of the answer', () => {
  const error = new ExampleError('not_found')
  error.details.total = 7

  expect(describeError(error, request)).toMatchObject({ status: 404, details: { total: 7 } })
})

test('a full Redis is a 507 that says when to repeat the request', () => {
  expect(describeError(new StorageFullError(95, 100), request)).toMatchObject({ status: 507, retryAfterMs: 10_000 })
})

test.each([
  errorWith({ name: 'MaxRetriesPerRequestError' }),
  errorWith({ name: 'ClusterAllFailedError' }),
  errorWith({ code: 'ECONNREFUSED', syscall: 'connect' }),
  errorWith({ code: 'ECONNRESET', syscall: 'read' }),
  Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }),
  errorWith({}, 'Connection is closed.'),
  errorWith({}, "Stream isn't writeable and enableOfflineQueue options is false"),
  errorWith({}, 'Command timed out'),
  errorWith({}, 'Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN The cluster is down'),
  errorWith({}, "Cluster isn't ready and enableOfflineQueue options is false"),
  errorWith({ name: 'ReplyError' }, 'NOAUTH Authentication required.'),
  errorWith({ name: 'ReplyError' }, 'LOADING Redis is loading the dataset in memory'),
  errorWith({ name: 'ReplyError' }, 'READONLY You can’t write against a read only replica.'),
])('an unavailable Redis is a 503: %s', (error) => {
  expect(describeError(error, request)).toMatchObject({
    status: 503,
    code: 'SLUICE_REDIS_UNAVAILABLE',
    retryAfterMs: 1000,
  })
})

test('a Redis that runs full between two checks of its memory is a 507', () => {
  const error = errorWith({ name: 'ReplyError' }, "OOM command not allowed when used memory > 'maxmemory'.")

  expect(describeError(error, request)).toMatchObject({
    status: 507,
    code: 'SLUICE_STORAGE_FULL',
    retryAfterMs: 10_000,
  })
})

test('a client that disconnects while its body is read has aborted an upload', () => {
  expect(describeError(errorWith({ code: 'ECONNRESET' }, 'aborted'), request)).toMatchObject({
    status: 400,
    code: new UploadAbortedError().code,
  })
})

describe('a refusal of Fastify names the offending value', () => {
  test.each([
    ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'SLUICE_BODY_TOO_LARGE', '200000 bytes'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'SLUICE_MEDIA_TYPE', 'Content-Type "text/plain"'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400, 'SLUICE_REQUEST_INVALID', '"200000"'],
    ['FST_ERR_BAD_URL', 400, 'SLUICE_REQUEST_INVALID', '"/v1/batches/%zz"'],
    ['FST_ERR_MAX_PARAM_LENGTH', 400, 'SLUICE_REQUEST_INVALID', '"/v1/batches/%zz"'],
  ])('%s is a %i %s', (code, status, ours, value) => {
    const failure = describeError(errorWith({ code }), request)

    expect(failure).toMatchObject({ status, code: ours, detail: expect.stringContaining(value) })
  })

  test('and what the operation accepts', () => {
    const { detail } = describeError(errorWith({ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' }), request)

    expect(detail).toContain('Send application/json or application/x-ndjson.')
  })
})

test.each([
  errorWith({}, 'secret words'),
  errorWith({ name: 'ReplyError' }, 'ERR secret words'),
  errorWith({ code: 'FST_ERR_REP_ALREADY_SENT' }),
  errorWith({ code: 'ENOENT' }, 'a file of ours is missing'),
  'not an error',
  undefined,
])('anything else is a 500 that reveals nothing: %s', (error) => {
  expect(describeError(error, request)).toEqual(INTERNAL_FAILURE)
})
