import { SluiceError } from './sluice-error.ts'

export class SessionNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_SESSION_NOT_FOUND'

  constructor(id: string) {
    super(`No session "${id}" exists.`)
  }
}
