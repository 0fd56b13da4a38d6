import type { TenantQuotaName } from './model/tenant.ts'

/** What the caller can do about a refusal. Each app maps these kinds to its own surface. */
export type ErrorKind =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'changed'
  | 'late'
  | 'limited'
  | 'overloaded'
  | 'full'
  | 'unavailable'

/**
 * The root of every refusal that Sluice makes on purpose. Its message is written for the caller. Any other error is a bug
 * or an outage, and its message never leaves the process.
 */
export abstract class SluiceError extends Error {
  abstract readonly kind: ErrorKind
  /** Stable and documented in docs/errors.md. Clients branch on it, never on the message. */
  abstract readonly code: `SLUICE_${string}`
  readonly retryAfterMs?: number
  /** Values for programs. They become members of the problem document. */
  readonly details: Record<string, unknown> = {}

  override get name() {
    return this.constructor.name
  }
}

export class BatchNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_BATCH_NOT_FOUND'
  /** The id, or `code:` and the code, that was asked for. */
  readonly reference: string

  /** @param isCode whether a batch has the reference as its code. Default false. */
  constructor(reference: string, { isCode = false }: { isCode?: boolean } = {}) {
    const hint = isCode ? ` A batch has this code: use "code:${reference}".` : ''
    super(`No batch "${reference}" exists.${hint}`)
    this.reference = reference
  }
}

export class TaskNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_TASK_NOT_FOUND'

  constructor(batchId: string, seq: number, total: number) {
    super(`Batch "${batchId}" has no task ${seq}. It has ${total} tasks, numbered from 0.`)
  }
}

/** A request addresses a queue that does not exist. */
export class QueueNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_QUEUE_NOT_FOUND'

  constructor(queue: string) {
    super(`No queue "${queue}" exists.`)
  }
}

/** The first task of a batch was leased, so its `startAt` has no effect any more. */
export class BatchStartedError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_BATCH_STARTED'

  constructor(batchId: string) {
    super(`Batch "${batchId}" has started, so its startAt cannot change. Interrupt the batch to stop it.`)
  }
}

/** A batch or a detection names a queue that does not exist. */
export class QueueUnknownError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_QUEUE_UNKNOWN'

  constructor(queue: string) {
    super(`Queue "${queue}" does not exist. Create it with PUT /v1/queues/${queue}, or use "default".`)
  }
}

/** The settings of a queue or limit have another version than the caller requires. */
export class SettingsChangedError extends SluiceError {
  readonly kind = 'changed'
  readonly code = 'SLUICE_SETTINGS_CHANGED'

  /** @param version The current one; -1 if the object does not exist. */
  constructor(what: string, ifVersion: number, version: number) {
    const now = version < 0 ? 'does not exist' : `has version "${version}"`
    super(
      `${what} ${now}, and If-Match requires version "${ifVersion}". Read it, and repeat the change if it still holds.`,
    )
  }
}

export class QueueInUseError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_QUEUE_IN_USE'

  constructor(queue: string, batchId: string) {
    super(`Queue "${queue}" cannot be deleted because batch "${batchId}" still uses it.`)
    this.details.batchId = batchId
  }
}

/** The queue of a batch whose tasks are to be retried was deleted. */
export class QueueMissingError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_QUEUE_MISSING'

  constructor(queue: string, batchId: string) {
    super(`Queue "${queue}" of batch "${batchId}" was deleted. Create it again with PUT /v1/queues/${queue} first.`)
    this.details.queue = queue
  }
}

export class TooManyQueuesError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_TOO_MANY_QUEUES'

  constructor(queue: string, maxQueues: number) {
    super(`Queue "${queue}" cannot be created because there are ${maxQueues} queues besides "default", the maximum.`)
    this.details.maxQueues = maxQueues
  }
}

export class QueuePermanentError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_QUEUE_PERMANENT'

  constructor() {
    super('Queue "default" always exists and cannot be deleted.')
  }
}

export class LimitNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_LIMIT_NOT_FOUND'

  constructor(limit: string) {
    super(`No limit "${limit}" exists.`)
  }
}

/** A queue names a limit that does not exist. */
export class LimitUnknownError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_LIMIT_UNKNOWN'

  constructor(limit: string) {
    super(`Limit "${limit}" does not exist. Create it with PUT /v1/limits/${limit}.`)
  }
}

export class LimitInUseError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_LIMIT_IN_USE'

  constructor(limit: string, queue: string) {
    super(`Limit "${limit}" cannot be deleted because queue "${queue}" uses it.`)
    this.details.queue = queue
  }
}

export class TooManyLimitsError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_TOO_MANY_LIMITS'

  constructor(limit: string, maxLimits: number) {
    super(`Limit "${limit}" cannot be created because there are ${maxLimits} limits, the maximum.`)
    this.details.maxLimits = maxLimits
  }
}

export class DetectionNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_DETECTION_NOT_FOUND'

  constructor(id: string) {
    super(`No detection "${id}" exists. Sluice keeps a detection for one day.`)
  }
}

/** The detection has ended and cannot be cancelled. */
export class DetectionStateError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_DETECTION_STATE'

  constructor(id: string, state: string) {
    super(`Detection "${id}" is ${state} and can no longer be cancelled.`)
    this.details.state = state
  }
}

export class CodeTakenError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_CODE_TAKEN'

  constructor(batchCode: string, batchId: string) {
    super(`Code "${batchCode}" already belongs to batch "${batchId}".`)
    this.details.batchId = batchId
  }
}

/** A tenant would hold more than it may. */
export class QuotaReachedError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_QUOTA_REACHED'

  constructor(quota: TenantQuotaName, used: number, max: number) {
    super(
      `The request would exceed the quota of ${max} ${QUOTA_UNITS[quota]}, of which ${used} are used. ` +
        'Wait until batches end, delete finished ones, or ask an admin for a larger quota.',
    )
    Object.assign(this.details, { quota, used, max })
  }
}

const QUOTA_UNITS: Record<TenantQuotaName, string> = {
  maxActiveBatches: 'active batches',
  maxTasks: 'tasks',
  maxBytes: 'bytes',
}

export class IdempotencyKeyReusedError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_IDEMPOTENCY_KEY_REUSED'

  constructor(key: string) {
    super(`Idempotency-Key "${key}" was already used with a different body.`)
  }
}

export class IdempotencyInProgressError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_IDEMPOTENCY_IN_PROGRESS'
  override readonly retryAfterMs = 1000

  constructor(key: string) {
    super(`The first request with Idempotency-Key "${key}" is still in progress. Retry in one second.`)
  }
}

export class BatchSealedError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_BATCH_SEALED'

  constructor(batchId: string, total: number) {
    super(`Batch "${batchId}" is sealed with ${total} tasks and accepts no more.`)
    this.details.total = total
  }
}

/** A cursor was not returned by this list. */
export class CursorInvalidError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_CURSOR_INVALID'

  constructor(cursor: string) {
    super(
      `"${cursor.slice(0, 100)}" is not a valid cursor for this list. Pass the previous page's nextCursor unchanged.`,
    )
  }
}

/** The state of the batch does not allow the operation. */
export class BatchStateError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_BATCH_STATE'

  constructor(batchId: string, state: string, rule: string) {
    super(`Batch "${batchId}" is ${state}. ${rule}.`)
    this.details.state = state
  }
}

export class NothingToRetryError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_NOTHING_TO_RETRY'

  constructor(
    batchId: string,
    { failureClass, seqs }: { failureClass?: string | undefined; seqs?: readonly number[] | undefined },
  ) {
    const suffix = failureClass === undefined ? '' : ` with failure class "${failureClass}"`
    super(`Batch "${batchId}" has no failed task${suffix}${seqs === undefined ? '' : ' among the seqs given'}.`)
  }
}

export class OffsetGapError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_OFFSET_GAP'

  constructor(batchId: string, offset: number, total: number) {
    super(`Offset ${offset} leaves a gap. Batch "${batchId}" has ${total} tasks, so the next offset is ${total}.`)
    this.details.total = total
  }
}

/** An upload with an offset has another task than the batch already holds in its place. */
export class TasksDifferError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_TASKS_DIFFER'

  constructor(batchId: string, seq: number) {
    super(
      `Task ${seq} of batch "${batchId}" differs from the task that this upload has in its place. Compare the offset and ` +
        'the file with those of the first upload.',
    )
    this.details.seq = seq
  }
}

export class BatchTooLargeError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_BATCH_TOO_LARGE'

  constructor(taskCount: number, maxTasks: number) {
    super(`A batch holds at most ${maxTasks} tasks; this request would bring it to ${taskCount}.`)
    this.details.maxTasks = maxTasks
  }
}

export class TooManyTypesError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_TOO_MANY_TYPES'

  constructor(batchId: string, maxTypes: number) {
    super(`Batch "${batchId}" cannot have tasks of more than ${maxTypes} types. Distribute them over several batches.`)
    this.details.maxTypes = maxTypes
  }
}

export class ApiKeyNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_API_KEY_NOT_FOUND'

  constructor(id: string) {
    super(`No API key "${id}" exists.`)
  }
}

/** An expired API key cannot be replaced, because its successor would have expired, too. */
export class ApiKeyExpiredError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_API_KEY_EXPIRED'

  constructor(id: string, expiredAt: Date) {
    super(
      `API key "${id}" expired at ${expiredAt.toISOString()}. Give it a later expiresAt first, or create a new one.`,
    )
  }
}

export class TooManyApiKeysError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_TOO_MANY_API_KEYS'

  constructor(maxApiKeys: number) {
    super(`There are ${maxApiKeys} API keys, the maximum. Delete those that are no longer needed.`)
    this.details.maxApiKeys = maxApiKeys
  }
}

/** An API key would expire before it exists. */
export class ExpiryPastError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_EXPIRY_PAST'

  constructor(expiresAt: Date) {
    super(`expiresAt must be in the future by the clock of Redis, got ${expiresAt.toISOString()}.`)
  }
}

/** Redis has nearly used its `maxmemory`. Intake stops so that accepted tasks can still finish. */
export class StorageFullError extends SluiceError {
  readonly kind = 'full'
  readonly code = 'SLUICE_STORAGE_FULL'
  override readonly retryAfterMs = 10_000

  constructor(usedBytes: number, maxBytes: number) {
    const percent = Math.round((usedBytes / maxBytes) * 100)
    super(
      `Redis uses ${percent}% of its maxmemory (${usedBytes} of ${maxBytes} bytes). New tasks are rejected above 90%.`,
    )
  }
}

/** A script returned a reply that its wrapper does not know: a bug, or a process of another version. */
export class UnexpectedReplyError extends Error {
  override readonly name = 'UnexpectedReplyError'

  constructor(script: string, reply: unknown) {
    super(`Script ${script} returned an unexpected reply: ${JSON.stringify(reply)?.slice(0, 200)}.`)
  }
}
