import { SluiceError } from './sluice-error.ts'

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
