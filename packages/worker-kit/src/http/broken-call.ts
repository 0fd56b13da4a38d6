import { NonRetryableError, RetryableError } from '../errors.ts'
import { classifyFailure } from '../failure/classify-failure.ts'
import type { Logger } from '../handler.ts'
import { RefusedConnectionError } from './address-guard.ts'
import { invalidPayload } from './http-payload.ts'
import { placeOf, type HttpTarget } from './http-target.ts'

/** Error codes with which undici refuses a request before sending it. */
const UNSENDABLE = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

/** Adds the host and the path to the error of undici or a socket, and keeps its meaning. */
export function explainBrokenCall(error: unknown, target: HttpTarget): Error {
  if (error instanceof NonRetryableError || error instanceof RetryableError) return error
  const { failureClass, message } = classifyFailure(error)
  if (UNSENDABLE.has(String((error as NodeJS.ErrnoException).code))) return invalidPayload(message, error)
  const isKnown = failureClass === 'timeout' || failureClass === 'network'
  return new RetryableError(`The call to ${placeOf(target)} failed: ${message}`, {
    cause: error,
    failureClass: isKnown ? failureClass : 'network',
  })
}

/** Logs where a refused connection would have led, which the error does not say. */
export function logRefusal(error: unknown, log: Logger): void {
  if (!(error instanceof RefusedConnectionError)) return
  const { host, addresses } = error
  log.info({ host, addresses }, 'a task or a detection was refused a connection')
}
