import { BatchNotFoundError, type ErrorKind, SluiceError, StorageFullError } from '@sluice/engine'
import { expect, test } from 'vitest'
import { UploadAbortedError } from '../../src/errors/api-errors.ts'
import { describeError, INTERNAL_FAILURE } from '../../src/errors/describe-error.ts'

class ExampleError extends SluiceError {
  readonly code = 'SLUICE_EXAMPLE'
  readonly kind: ErrorKind
  override readonly retryAfterMs = 1500

  constructor(kind: ErrorKind) {
    super('An example.')
    this.kind = kind
  }
}

function errorWith(properties: object, message = 'internal words'): Error {
  return Object.assign(new Error(message), properties)
}

test.each<[ErrorKind, number]>([
  ['invalid', 400],
  ['not_found', 404],
  ['conflict', 409],
  ['limited', 429],
  ['overloaded', 503],
  ['full', 507],
  ['unavailable', 503],
])('a refusal of kind %s is a %i', (kind, status) => {
  expect(describeError(new ExampleError(kind))).toEqual({
    status,
    code: 'SLUICE_EXAMPLE',
    detail: 'An example.',
    retryAfterMs: 1500,
    details: {},
  })
})

test('what a refusal knows becomes members of the answer', () => {
  const error = new BatchNotFoundError('b1')
  error.details.total = 7

  expect(describeError(error)).toMatchObject({ status: 404, detail: 'There is no batch "b1".', details: { total: 7 } })
})

test('a full Redis says when to come back', () => {
  expect(describeError(new StorageFullError(95, 100))).toMatchObject({ status: 507, retryAfterMs: 10_000 })
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
  errorWith({ name: 'ReplyError' }, 'LOADING Redis is loading the dataset in memory'),
  errorWith({ name: 'ReplyError' }, 'READONLY You can’t write against a read only replica.'),
])('Redis being away is a 503: %s', (error) => {
  expect(describeError(error)).toMatchObject({ status: 503, code: 'SLUICE_REDIS_UNAVAILABLE', retryAfterMs: 1000 })
})

test('a Redis that runs full between two looks at its memory is a 507', () => {
  const error = errorWith({ name: 'ReplyError' }, "OOM command not allowed when used memory > 'maxmemory'.")

  expect(describeError(error)).toMatchObject({ status: 507, code: 'SLUICE_STORAGE_FULL', retryAfterMs: 10_000 })
})

test('a client that hangs up while its body is read has aborted an upload', () => {
  expect(describeError(errorWith({ code: 'ECONNRESET' }, 'aborted'))).toMatchObject({
    status: 400,
    code: new UploadAbortedError().code,
  })
})

test.each([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'SLUICE_BODY_TOO_LARGE'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'SLUICE_MEDIA_TYPE'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400, 'SLUICE_REQUEST_INVALID'],
  ['FST_ERR_BAD_URL', 400, 'SLUICE_REQUEST_INVALID'],
  ['FST_ERR_MAX_PARAM_LENGTH', 400, 'SLUICE_REQUEST_INVALID'],
])('%s is a %i %s', (code, status, ours) => {
  expect(describeError(errorWith({ code }))).toMatchObject({ status, code: ours })
})

test.each([
  errorWith({}, 'secret words'),
  errorWith({ name: 'ReplyError' }, 'ERR secret words'),
  errorWith({ code: 'FST_ERR_REP_ALREADY_SENT' }),
  errorWith({ code: 'ENOENT' }, 'a file of ours is missing'),
  'not even an error',
  undefined,
])('anything else is a 500 that keeps its words to itself: %s', (error) => {
  expect(describeError(error)).toEqual(INTERNAL_FAILURE)
})
