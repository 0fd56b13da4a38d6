/** What the caller can do about a refusal. Each app maps these to its own surface. */
export type ErrorKind = 'invalid' | 'not_found' | 'conflict' | 'limited' | 'overloaded' | 'full' | 'unavailable'

/**
 * The root of every refusal Sluice makes on purpose. The message is written for the caller. Anything else that is
 * thrown is a bug or an outage, and its message stays inside.
 */
export abstract class SluiceError extends Error {
  abstract readonly kind: ErrorKind
  /** Stable and documented in docs/errors.md: clients branch on this, never on the message. */
  abstract readonly code: `SLUICE_${string}`
  readonly retryAfterMs?: number
  /** Values a program may want, beside the sentence: they become members of the problem document. */
  readonly details: Record<string, unknown> = {}

  override get name() {
    return this.constructor.name
  }
}

export class BatchNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_BATCH_NOT_FOUND'

  constructor(reference: string) {
    super(`There is no batch "${reference}".`)
  }
}

export class TaskNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_TASK_NOT_FOUND'

  constructor(batchId: string, seq: number, total: number) {
    super(`Batch "${batchId}" has no task ${seq}: its tasks are numbered from 0 and it has ${total}.`)
  }
}

/** A queue's own route was asked for a queue that does not exist. */
export class QueueNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_QUEUE_NOT_FOUND'

  constructor(queue: string) {
    super(`There is no queue "${queue}".`)
  }
}

/** A batch names a queue that does not exist. */
export class QueueUnknownError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_QUEUE_UNKNOWN'

  constructor(queue: string) {
    super(`Queue "${queue}" does not exist. Create it with PUT /v1/queues/${queue}, or use "default".`)
  }
}

export class QueueInUseError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_QUEUE_IN_USE'

  constructor(queue: string, batchId: string) {
    super(`Queue "${queue}" cannot be deleted: batch "${batchId}" still needs it.`)
    this.details.batchId = batchId
  }
}

export class QueuePermanentError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_QUEUE_PERMANENT'

  constructor() {
    super('The queue "default" always exists and cannot be deleted.')
  }
}

export class LimitNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_LIMIT_NOT_FOUND'

  constructor(limit: string) {
    super(`There is no limit "${limit}".`)
  }
}

/** A queue names a limit that does not exist. */
export class LimitUnknownError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_LIMIT_UNKNOWN'

  constructor(limit: string) {
    super(`Limit "${limit}" does not exist. Create it first, with PUT /v1/limits/${limit}.`)
  }
}

export class LimitInUseError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_LIMIT_IN_USE'

  constructor(limit: string, queue: string) {
    super(`Limit "${limit}" cannot be deleted: queue "${queue}" is under it.`)
    this.details.queue = queue
  }
}

export class DetectionNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_DETECTION_NOT_FOUND'

  constructor(id: string) {
    super(`There is no detection "${id}". A detection is kept for a day.`)
  }
}

/** The detection is over, so it cannot be cancelled. */
export class DetectionStateError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_DETECTION_STATE'

  constructor(id: string, state: string) {
    super(`Detection "${id}" is ${state} and cannot be cancelled any more.`)
    this.details.state = state
  }
}

export class CodeTakenError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_CODE_TAKEN'

  constructor(batchCode: string, batchId: string) {
    super(`Code "${batchCode}" belongs to batch "${batchId}" already.`)
    this.details.batchId = batchId
  }
}

export class IdempotencyKeyReusedError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_IDEMPOTENCY_KEY_REUSED'

  constructor(key: string) {
    super(`Idempotency-Key "${key}" was used before with a different body.`)
  }
}

export class IdempotencyInProgressError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_IDEMPOTENCY_IN_PROGRESS'
  override readonly retryAfterMs = 1000

  constructor(key: string) {
    super(`The first request with Idempotency-Key "${key}" is still being worked on. Ask again in a second.`)
  }
}

export class BatchSealedError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_BATCH_SEALED'

  constructor(batchId: string, total: number) {
    super(`Batch "${batchId}" is sealed with ${total} tasks: no more can be added.`)
    this.details.total = total
  }
}

/** A list was asked to go on from a place that no list of ours has named. */
export class CursorInvalidError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_CURSOR_INVALID'

  constructor(cursor: string) {
    super(`"${cursor.slice(0, 100)}" is no cursor of this list. Send the nextCursor of the page before, as it is.`)
  }
}

/** The batch is in a state that does not allow what was asked. */
export class BatchStateError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_BATCH_STATE'

  constructor(batchId: string, state: string, wanted: string) {
    super(`Batch "${batchId}" is ${state}: ${wanted}.`)
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
    const kind = failureClass === undefined ? '' : ` of class "${failureClass}"`
    super(`Batch "${batchId}" has no failed task${kind}${seqs === undefined ? '' : ' among those you named'}.`)
  }
}

export class OffsetGapError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_OFFSET_GAP'

  constructor(batchId: string, offset: number, total: number) {
    super(`Offset ${offset} leaves a gap: batch "${batchId}" has ${total} tasks, so the next offset is ${total}.`)
    this.details.total = total
  }
}

export class BatchTooLargeError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_BATCH_TOO_LARGE'

  constructor(taskCount: number, maxTasks: number) {
    super(`A batch holds at most ${maxTasks} tasks; this would make ${taskCount}.`)
    this.details.maxTasks = maxTasks
  }
}

/** Redis has nearly used its `maxmemory`: intake stops so that what was accepted can still be finished. */
export class StorageFullError extends SluiceError {
  readonly kind = 'full'
  readonly code = 'SLUICE_STORAGE_FULL'
  override readonly retryAfterMs = 10_000

  constructor(usedBytes: number, maxBytes: number) {
    const percent = Math.round((usedBytes / maxBytes) * 100)
    super(
      `Redis uses ${percent}% of its maxmemory (${usedBytes} of ${maxBytes} bytes): no tasks are taken in above 90%.`,
    )
  }
}

/** A script answered with something its wrapper does not know: a bug, or a server of another version. */
export class UnexpectedReplyError extends Error {
  override readonly name = 'UnexpectedReplyError'

  constructor(script: string, reply: unknown) {
    super(`The script ${script} answered ${JSON.stringify(reply)?.slice(0, 200)}.`)
  }
}
