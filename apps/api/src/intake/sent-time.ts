import { RequestInvalidError } from './intake-errors.ts'

/**
 * The time that a part of a request names. Its schema has checked the form; a month 13 passes that. Throws
 * `RequestInvalidError`.
 *
 * @param path where the request has it, as errors name it.
 */
export function sentTime<Absent extends null | undefined>(path: string, text: string | Absent): Date | Absent {
  if (text === null || text === undefined) return text
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time
  throw new RequestInvalidError([{ path, message: 'must be a time that exists', value: text }])
}
