import { SluiceError } from './sluice-error.ts'

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

/** The state of the batch does not allow the operation. */
export class BatchStateError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_BATCH_STATE'

  constructor(batchId: string, state: string, rule: string) {
    super(`Batch "${batchId}" is ${state}. ${rule}.`)
    this.details.state = state
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

export class CodeTakenError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_CODE_TAKEN'

  constructor(batchCode: string, batchId: string) {
    super(`Code "${batchCode}" already belongs to batch "${batchId}".`)
    this.details.batchId = batchId
  }
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

/** The first task of a batch was leased, so its `startAt` has no effect any more. */
export class BatchStartedError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_BATCH_STARTED'

  constructor(batchId: string) {
    super(`Batch "${batchId}" has started, so its startAt cannot change. Interrupt the batch to stop it.`)
  }
}
