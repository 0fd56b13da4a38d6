import { SluiceError } from './sluice-error.ts'

/** A request addresses a queue that does not exist. */
export class QueueNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_QUEUE_NOT_FOUND'

  constructor(queue: string) {
    super(`No queue "${queue}" exists.`)
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
