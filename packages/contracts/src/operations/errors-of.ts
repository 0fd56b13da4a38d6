import type { ErrorCode } from '../error-codes.ts'
import type { Operation } from './operation.ts'

/** Every code that an operation may be refused with. */
export function errorsOf(definition: Operation): ErrorCode[] {
  return [
    ...new Set([
      ...definition.errors,
      ...formErrors(definition),
      ...accessErrors(definition),
      ...gateErrors(definition),
    ]),
  ]
}

/** What follows from the parts of a request. */
function formErrors({ method }: Operation): ErrorCode[] {
  return [
    // Also without a schema: the path may be badly encoded, or the header Host may be missing.
    'SLUICE_REQUEST_INVALID',
    'SLUICE_HOST_NOT_ALLOWED',
    'SLUICE_CROSS_ORIGIN',
    // A body is parsed even if the operation has no use for it.
    ...(method === 'GET' ? [] : (['SLUICE_BODY_NOT_JSON', 'SLUICE_BODY_TOO_LARGE', 'SLUICE_BODY_TOO_SLOW'] as const)),
    // A request with a Content-Encoding is refused whether or not it has a body.
    'SLUICE_MEDIA_TYPE',
  ]
}

/** What follows from the permission that an operation needs. */
function accessErrors({ permission, path }: Operation): ErrorCode[] {
  if (permission === null) return []
  return [
    'SLUICE_KEY_IN_QUERY',
    'SLUICE_TWO_CREDENTIALS',
    'SLUICE_UNAUTHENTICATED',
    'SLUICE_TOO_MANY_FAILURES',
    'SLUICE_TOO_MANY_REQUESTS',
    'SLUICE_PERMISSION_MISSING',
    // An API key may be narrowed to queues.
    ...(/^\/v1\/(batches|bulk|tasks|queues|detections)/.test(path) ? (['SLUICE_QUEUE_NOT_GRANTED'] as const) : []),
    // The API key is looked up.
    'SLUICE_REDIS_UNAVAILABLE',
  ]
}

/** What follows from where the operation does its work. */
function gateErrors({ method, path, gate }: Operation): ErrorCode[] {
  const isStored = path.startsWith('/v1/')
  return [
    'SLUICE_INTERNAL',
    ...(gate === 'bypass' ? [] : (['SLUICE_OVERLOADED'] as const)),
    ...(isStored ? (['SLUICE_REDIS_UNAVAILABLE'] as const) : []),
    ...(isStored && method !== 'GET' ? (['SLUICE_STORAGE_FULL'] as const) : []),
  ]
}
