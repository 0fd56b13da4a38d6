import { expect, test } from 'vitest'
import { errorsOf, operations } from '../../src/index.ts'

test('an operation with a body may be refused for what is wrong with the body', () => {
  expect(errorsOf(operations.putLimit)).toEqual(
    expect.arrayContaining([
      'SLUICE_REQUEST_INVALID',
      'SLUICE_BODY_NOT_JSON',
      'SLUICE_BODY_TOO_LARGE',
      'SLUICE_MEDIA_TYPE',
      'SLUICE_STORAGE_FULL',
    ]),
  )
})

test('an operation that reads may be refused while the process or Redis cannot serve it', () => {
  expect(errorsOf(operations.listDetections)).toEqual([
    'SLUICE_REQUEST_INVALID',
    'SLUICE_HOST_NOT_ALLOWED',
    'SLUICE_CROSS_ORIGIN',
    'SLUICE_MEDIA_TYPE',
    'SLUICE_KEY_IN_QUERY',
    'SLUICE_TWO_CREDENTIALS',
    'SLUICE_UNAUTHENTICATED',
    'SLUICE_TOO_MANY_FAILURES',
    'SLUICE_TOO_MANY_REQUESTS',
    'SLUICE_PERMISSION_MISSING',
    'SLUICE_QUEUE_NOT_GRANTED',
    'SLUICE_REDIS_UNAVAILABLE',
    'SLUICE_INTERNAL',
    'SLUICE_OVERLOADED',
  ])
})

test('an operation that bypasses the gate is never refused for overload', () => {
  expect(errorsOf(operations.checkAlive)).toEqual([
    'SLUICE_REQUEST_INVALID',
    'SLUICE_HOST_NOT_ALLOWED',
    'SLUICE_CROSS_ORIGIN',
    'SLUICE_MEDIA_TYPE',
    'SLUICE_INTERNAL',
  ])
})
