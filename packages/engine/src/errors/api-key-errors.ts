import { SluiceError } from './sluice-error.ts'

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
