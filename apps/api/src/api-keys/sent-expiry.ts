import { RequestInvalidError } from '../intake/intake-errors.ts'

/** The time that a body names. Its schema has checked the form; a month 13 passes that. Throws `RequestInvalidError`. */
export function sentExpiry(expiresAt: string | null | undefined): Date | null | undefined {
  if (expiresAt === null || expiresAt === undefined) return expiresAt
  const time = new Date(expiresAt)
  if (!Number.isNaN(time.getTime())) return time
  throw new RequestInvalidError([{ path: 'body/expiresAt', message: 'must be a time that exists', value: expiresAt }])
}
