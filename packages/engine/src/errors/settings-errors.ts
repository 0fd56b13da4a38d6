import { SluiceError } from './sluice-error.ts'

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
