import { SluiceError } from './sluice-error.ts'

const QUOTA_UNITS = {
  maxActiveBatches: 'active batches',
  maxTasks: 'tasks',
  maxBytes: 'bytes',
}

/** A tenant would hold more than it may. */
export class QuotaReachedError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_QUOTA_REACHED'

  constructor(quota: keyof typeof QUOTA_UNITS, used: number, max: number) {
    super(
      `The request would exceed the quota of ${max} ${QUOTA_UNITS[quota]}, of which ${used} are used. ` +
        'Wait until batches end, delete finished ones, or ask an admin for a larger quota.',
    )
    Object.assign(this.details, { quota, used, max })
  }
}
