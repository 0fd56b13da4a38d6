import { MAX_START_DAYS } from '@sluice/contracts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { sentTime } from '../intake/sent-time.ts'

const DAY_MS = 86_400_000

/**
 * When a batch starts, as a request says it. Throws `RequestInvalidError` for a time that does not exist or is too far
 * ahead.
 *
 * @param path where the request has it, as errors name it.
 */
export function sentStart<Absent extends null | undefined>(path: string, text: string | Absent): Date | Absent {
  const time = sentTime(path, text)
  if (!(time instanceof Date) || time.getTime() <= Date.now() + MAX_START_DAYS * DAY_MS) return time
  const message = `must be at most ${MAX_START_DAYS} days from now`
  throw new RequestInvalidError([{ path, message, value: text ?? '' }])
}
