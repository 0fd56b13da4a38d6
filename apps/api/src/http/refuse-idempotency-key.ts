import type { IncomingHttpHeaders } from 'node:http'
import { RequestInvalidError } from '../intake/intake-errors.ts'

/**
 * Refuses an `Idempotency-Key` to an operation that does not honour it, and whose repetition does harm. A client that
 * sends the key relies on it.
 *
 * @param remedy completes the message: what makes a repetition safe instead.
 */
export function refuseIdempotencyKey({ 'idempotency-key': value }: IncomingHttpHeaders, remedy: string): void {
  if (value === undefined) return
  throw new RequestInvalidError([
    { path: 'headers/idempotency-key', message: `has no effect on this operation. ${remedy}`, value },
  ])
}
