import type { LineErrorView, RequestErrorView } from '@sluice/contracts'
import { SluiceError } from '@sluice/engine'

/** The request breaks the schema of its route. */
export class RequestInvalidError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_REQUEST_INVALID'

  constructor(errors: readonly RequestErrorView[]) {
    super(`The request is not valid: ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}.`)
    this.details.errors = errors
  }
}

export class BodyNotJsonError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_BODY_NOT_JSON'

  constructor(problem: string) {
    super(`The body is not JSON: ${problem}.`)
  }
}

/** The body is compressed; it would look like garbage. A refusal of HTTP's own, so no kind of ours has its status. */
export class EncodingUnsupportedError extends Error {
  override readonly name = 'EncodingUnsupportedError'

  constructor(encoding: string) {
    super(`Content-Encoding ${encoding} is not supported: send the body as it is.`)
  }
}

/** Lines of an upload cannot be tasks; nothing of their chunk was kept. */
export class TasksInvalidError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_TASKS_INVALID'

  constructor(lines: readonly LineErrorView[]) {
    const [first] = lines
    const others = lines.length > 1 ? `, and ${lines.length - 1} more` : ''
    super(
      `Line ${first?.line} ${first?.message}${others}. Tasks counted in "accepted" were kept; nothing after them was.`,
    )
    this.details.lines = lines
  }
}

/** The client went away in the middle of an upload: only the log gets to see this. */
export class UploadAbortedError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_UPLOAD_ABORTED'

  constructor() {
    super('The connection was closed before the upload had ended. What was appended stays.')
  }
}

/** This process has refused requests for so long that it should not be sent any. */
export class OverloadedError extends SluiceError {
  readonly kind = 'overloaded'
  readonly code = 'SLUICE_OVERLOADED'
  override readonly retryAfterMs = 5000

  constructor(refusingMs: number) {
    super(`This process has been refusing requests for ${Math.round(refusingMs / 1000)} s, because it is busy.`)
  }
}

export class RedisUnavailableError extends SluiceError {
  readonly kind = 'unavailable'
  readonly code = 'SLUICE_REDIS_UNAVAILABLE'
  override readonly retryAfterMs = 1000

  constructor(cause?: unknown) {
    super('Redis cannot be reached at the moment. Nothing is lost; try again shortly.')
    this.cause = cause
  }
}
