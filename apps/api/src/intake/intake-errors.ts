import type { LineErrorView, RequestErrorView } from '@sluice/contracts'
import { SluiceError } from '@sluice/engine'

/** The request violates the schema of its operation. */
export class RequestInvalidError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_REQUEST_INVALID'

  constructor(errors: readonly RequestErrorView[]) {
    super(`The request is invalid: ${errors.map((error) => `${error.path} ${problemOf(error)}`).join('; ')}.`)
    this.details.errors = errors
  }
}

/** The violation of a request with a body to an operation without one. */
export const UNREAD_BODY: RequestErrorView = { path: 'body', message: 'must be left out: this operation reads none' }

/** What is wrong, with the value that was sent. */
function problemOf({ message, value }: Pick<RequestErrorView, 'message' | 'value'>): string {
  return value === undefined ? message : `${message}, got ${JSON.stringify(value)}`
}

/** The body is not valid JSON. */
export class BodyNotJsonError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_BODY_NOT_JSON'

  constructor(problem: string) {
    super(`The body is not valid JSON: ${problem}.`)
  }
}

/** Lines of an upload are not valid tasks. */
export class TasksInvalidError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_TASKS_INVALID'

  /** @param consequence what that means for the lines before: a sentence. */
  constructor(lines: readonly LineErrorView[], consequence: string) {
    const problems = lines.map((error) => `line ${error.line} ${problemOf(error)}`).join('; ')
    super(`The upload is invalid: ${problems}. ${consequence}`)
    this.details.lines = lines
  }
}

/** The body is not what its Content-Encoding says. */
export class BodyDamagedError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_BODY_DAMAGED'

  /** @param reason the code of the library that decompresses. */
  constructor(coding: string, reason: string) {
    super(`The body is not valid ${coding}, or is cut short, or something follows its end (${reason}).`)
  }
}

/** The body is many times larger than what the client has sent. */
export class BodyExpandsError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_BODY_EXPANDS'

  constructor(coding: string, most: number) {
    super(`The body decompresses from ${coding} to more than ${most} times its size. Send it uncompressed.`)
  }
}

/** The client closed the connection in the middle of an upload. Only the log shows it. */
export class UploadAbortedError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_UPLOAD_ABORTED'

  constructor() {
    super('The connection closed before the upload ended.')
  }
}

/** The body of the request arrives too slowly. */
export class BodyTooSlowError extends SluiceError {
  readonly kind = 'late'
  readonly code = 'SLUICE_BODY_TOO_SLOW'

  /** @param arrivedBytes what has arrived in `withinMs`. */
  constructor(withinMs: number, arrivedBytes: number) {
    super(`The body arrives too slowly: ${arrivedBytes} bytes within ${withinMs / 1000} s.`)
  }
}

/** This process cannot serve the request in time, or has no memory for it. */
export class OverloadedError extends SluiceError {
  readonly kind = 'overloaded'
  readonly code = 'SLUICE_OVERLOADED'
  override readonly retryAfterMs = 5000

  constructor(cause: string, reason?: 'bytes') {
    super(cause)
    if (reason !== undefined) this.details.reason = reason
  }
}
