import { SluiceError } from './sluice-error.ts'

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
