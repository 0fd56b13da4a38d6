import { SluiceError } from './sluice-error.ts'

export class BulkNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_BULK_NOT_FOUND'

  constructor(id: string) {
    super(`No bulk operation "${id}" exists.`)
  }
}

/** A bulk operation has reached all of its batches, so nothing is left to cancel. */
export class BulkStateError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_BULK_STATE'

  constructor(id: string) {
    super(`Bulk operation "${id}" is completed and cannot be cancelled.`)
  }
}
