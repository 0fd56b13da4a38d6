/** What one error code stands for. */
export interface ErrorMeaning {
  /** The HTTP status of the refusal. */
  status: number
  /** When a request is refused with this code, as a sentence. */
  meaning: string
  /** Whether the answer says in `Retry-After` when to repeat the request. */
  isTemporary?: true
}

/** Every error code of the API. `docs/errors.md` explains each with its cause and remedy. */
export const errorCodes = {
  SLUICE_API_KEY_EXPIRED: { status: 409, meaning: 'The API key has expired and cannot be replaced.' },
  SLUICE_API_KEY_NOT_FOUND: { status: 404, meaning: 'No API key has this id.' },
  SLUICE_BATCH_NOT_FOUND: { status: 404, meaning: 'No batch has this id or code.' },
  SLUICE_BATCH_SEALED: { status: 409, meaning: 'The batch is sealed and accepts no more tasks.' },
  SLUICE_BATCH_STARTED: { status: 409, meaning: 'The batch has started, so its `startAt` cannot change.' },
  SLUICE_BATCH_STATE: { status: 409, meaning: 'The state of the batch does not allow the operation.' },
  SLUICE_BATCH_TOO_LARGE: { status: 400, meaning: 'The batch would exceed the maximum number of tasks.' },
  SLUICE_BODY_DAMAGED: { status: 400, meaning: 'The body is not valid in its `Content-Encoding`, or is cut short.' },
  SLUICE_BODY_EXPANDS: { status: 400, meaning: 'The body decompresses to more than 200 times its size.' },
  SLUICE_BODY_NOT_JSON: { status: 400, meaning: 'The body is not valid JSON.' },
  SLUICE_BODY_TOO_LARGE: { status: 413, meaning: 'The body exceeds the size limit of the operation.' },
  SLUICE_BODY_TOO_SLOW: { status: 408, meaning: 'The body arrives too slowly.' },
  SLUICE_BULK_NOT_FOUND: { status: 404, meaning: 'No bulk operation has this id.' },
  SLUICE_BULK_STATE: { status: 409, meaning: 'The bulk operation is completed and cannot be cancelled.' },
  SLUICE_CODE_TAKEN: { status: 409, meaning: 'Another batch has this code. `batchId` names it.' },
  SLUICE_CROSS_ORIGIN: { status: 403, meaning: 'A page of another site made the request.' },
  SLUICE_CURSOR_INVALID: { status: 400, meaning: 'The cursor does not belong to this list.' },
  SLUICE_DETECTION_NOT_FOUND: { status: 404, meaning: 'No detection has this id.' },
  SLUICE_DETECTION_STATE: { status: 409, meaning: 'The detection has ended and cannot be cancelled.' },
  SLUICE_EXPIRY_PAST: { status: 400, meaning: '`expiresAt` is not in the future.' },
  SLUICE_HEADERS_TOO_LARGE: { status: 431, meaning: 'The headers of the request are too large.' },
  SLUICE_HEADERS_TOO_SLOW: { status: 408, meaning: 'The headers of the request arrive too slowly.' },
  SLUICE_HOST_NOT_ALLOWED: { status: 421, meaning: 'The API does not go by the host that the request names.' },
  SLUICE_IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    meaning: 'The first request with this `Idempotency-Key` is still in progress.',
    isTemporary: true,
  },
  SLUICE_IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    meaning: 'The `Idempotency-Key` was used with a different body.',
  },
  SLUICE_INSECURE_SIGN_IN: {
    status: 403,
    meaning: 'The browser would keep no session: the page came neither over TLS nor from loopback.',
  },
  SLUICE_INTERNAL: { status: 500, meaning: 'An unexpected error occurred.' },
  SLUICE_KEY_IN_QUERY: { status: 400, meaning: 'The query has an API key, which would appear in logs.' },
  SLUICE_LIMIT_IN_USE: { status: 409, meaning: 'A queue uses the limit. `queue` names it.' },
  SLUICE_LIMIT_NOT_FOUND: { status: 404, meaning: 'No limit has this name.' },
  SLUICE_LIMIT_UNKNOWN: { status: 400, meaning: 'The queue names a limit that does not exist.' },
  SLUICE_MEDIA_TYPE: { status: 415, meaning: 'The media type or the encoding of the body is not supported.' },
  SLUICE_METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path has no operation with this method. `Allow` lists its methods.',
  },
  SLUICE_NOTHING_TO_RETRY: { status: 409, meaning: 'No failed task matches the request.' },
  SLUICE_OFFSET_GAP: { status: 409, meaning: 'The offset is beyond the last task. `total` is the next offset.' },
  SLUICE_OIDC_NO_ROLE: { status: 403, meaning: 'The person has no role in this installation.' },
  SLUICE_OIDC_NO_REACH: {
    status: 403,
    meaning: 'A claim of the person does not say which tenant or queues the person reaches.',
  },
  SLUICE_OIDC_OFF: { status: 404, meaning: 'The API has no issuer at which people sign in.' },
  SLUICE_OIDC_REFUSED: {
    status: 403,
    meaning: 'The issuer has not signed the person in, or its answer was not meant for this browser.',
  },
  SLUICE_OIDC_UNAVAILABLE: {
    status: 503,
    meaning: 'The issuer at which people sign in does not answer as it should.',
    isTemporary: true,
  },
  SLUICE_OVERLOADED: {
    status: 503,
    meaning: 'The process is too busy to serve the request in time.',
    isTemporary: true,
  },
  SLUICE_PERMISSION_MISSING: {
    status: 403,
    meaning: 'The API key does not have the permission that the operation needs. `permission` names it.',
  },
  SLUICE_QUOTA_REACHED: {
    status: 409,
    meaning:
      'The tenant would hold more than it may. `quota` names the bound, `used` what is held, and `max` what is allowed.',
  },
  SLUICE_QUEUE_CLOSED: {
    status: 403,
    meaning: 'The queue of the batch is not for its tenant any more. `queue` names it.',
  },
  SLUICE_QUEUE_IN_USE: { status: 409, meaning: 'A batch uses the queue. `batchId` names it.' },
  SLUICE_QUEUE_MISSING: { status: 409, meaning: 'The queue of the batch was deleted. `queue` names it.' },
  SLUICE_QUEUE_NOT_GRANTED: {
    status: 403,
    meaning: 'The API key is narrowed to other queues. `queue` names the one that it may not use.',
  },
  SLUICE_QUEUE_NOT_FOUND: { status: 404, meaning: 'No queue has this name.' },
  SLUICE_QUEUE_PERMANENT: { status: 409, meaning: 'The queue `default` cannot be deleted.' },
  SLUICE_QUEUE_UNKNOWN: { status: 400, meaning: 'The request names a queue that does not exist.' },
  SLUICE_REDIS_UNAVAILABLE: {
    status: 503,
    meaning: 'Redis cannot be reached, or cannot serve requests now.',
    isTemporary: true,
  },
  SLUICE_REQUEST_INVALID: { status: 400, meaning: 'The request violates the schema. `errors` lists each violation.' },
  SLUICE_REQUEST_MALFORMED: { status: 400, meaning: 'The bytes of the client are not an HTTP request.' },
  SLUICE_ROUTE_NOT_FOUND: { status: 404, meaning: 'No operation has this path.' },
  SLUICE_SESSION_NOT_FOUND: { status: 404, meaning: 'No session has this id.' },
  SLUICE_SETTINGS_CHANGED: { status: 412, meaning: 'The settings have another version than `If-Match` requires.' },
  SLUICE_STORAGE_FULL: { status: 507, meaning: 'Redis has no memory left for the request.', isTemporary: true },
  SLUICE_TASK_NOT_FOUND: { status: 404, meaning: 'The batch has no task with this seq.' },
  SLUICE_TENANT_NOT_FOUND: { status: 404, meaning: 'The API key belongs to another tenant.' },
  SLUICE_TASKS_DIFFER: {
    status: 409,
    meaning: 'A task of the upload differs from the one that the batch already holds. `seq` names it.',
  },
  SLUICE_TASKS_INVALID: {
    status: 400,
    meaning: 'Lines of the upload are not valid tasks. `lines` lists the first ones.',
  },
  SLUICE_TOO_MANY_API_KEYS: {
    status: 409,
    meaning: 'There are as many API keys as there may be. `maxApiKeys` is their number.',
  },
  SLUICE_TOO_MANY_FAILURES: {
    status: 429,
    meaning: 'Too many requests from this address had a credential that is not valid.',
    isTemporary: true,
  },
  SLUICE_TOO_MANY_LIMITS: {
    status: 409,
    meaning: 'There are as many limits as there may be. `maxLimits` is their number.',
  },
  SLUICE_TOO_MANY_QUEUES: {
    status: 409,
    meaning: 'There are as many queues as there may be. `maxQueues` is their number.',
  },
  SLUICE_TOO_MANY_REQUESTS: {
    status: 429,
    meaning: 'The API key has made as many requests as it may for now. `maxRequests` is their number in ten seconds.',
    isTemporary: true,
  },
  SLUICE_TOO_MANY_STREAMS: {
    status: 503,
    meaning: 'The process has as many streams of this kind open as it may.',
    isTemporary: true,
  },
  SLUICE_TOO_MANY_TYPES: {
    status: 400,
    meaning: 'The tasks of the batch would have more types than a batch may. `maxTypes` is their number.',
  },
  SLUICE_TWO_CREDENTIALS: { status: 400, meaning: 'The request has more than one credential.' },
  SLUICE_UNAUTHENTICATED: { status: 401, meaning: 'The request has no valid API key.' },
  SLUICE_UPLOAD_ABORTED: {
    status: 400,
    meaning: 'The connection closed before the upload ended. Only the log shows it.',
  },
} as const satisfies Record<`SLUICE_${string}`, ErrorMeaning>

/** The stable identifier of a refusal. */
export type ErrorCode = keyof typeof errorCodes
