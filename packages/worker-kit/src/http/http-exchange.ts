import type { Dispatcher } from 'undici'
import type { AbortListener, AbortSource } from '../abort-source.ts'
import { Expiring, type Deadlines } from '../deadlines.ts'
import { RetryableError } from '../errors.ts'
import type { Logger } from '../handler.ts'
import { explainBrokenCall, logRefusal } from './broken-call.ts'
import type { Connection, EndedCall } from './connection.ts'
import type { Connections } from './connections.ts'
import type { HttpRequest } from './http-request.ts'
import { placeOf } from './http-target.ts'
import type { ResponseHeaders } from '../failure/retry-after.ts'

/** A response of an upstream. */
export interface HttpResponse {
  status: number
  /** Whether the status is 2xx, or one that the task counts as a success as well. */
  isSuccess: boolean
  headers: ResponseHeaders
  body: Buffer
  /** False if the body exceeds its maximum. It was cut off there or not read at all, and the connection was closed. */
  isComplete: boolean
}

export interface ExchangeOptions {
  deadlines: Deadlines<Expiring>
  /** Aborts the exchange, which then rejects with the reason of the abort. */
  abort: AbortSource
  /** Its log is read for a refused connection only: an attempt creates its log when it is read. */
  context: { readonly log: Logger }
  /** Maximum length of a body. */
  maxBodyBytes: number
}

const QUOTABLE_BYTES = 16 * 1024

const NOTHING = Buffer.alloc(0)

/**
 * Sends one request and reads its response. Rejects with a `RetryableError` or a `NonRetryableError`, or with the
 * reason of the abort.
 */
export function exchange(
  connections: Connections,
  request: HttpRequest,
  options: ExchangeOptions,
): Promise<HttpResponse> {
  const { abortedBy } = options.abort
  if (abortedBy !== undefined) return Promise.reject(abortedBy)
  return new Promise((resolve, reject) => {
    const { target, method, headers, body } = request
    const connection = connections.take(target.origin)
    const handler = new Exchange(connection, request, options, resolve, reject)
    connection.send({ path: target.path, method, headers: headers as string[], body, blocking: false }, handler)
  })
}

/**
 * One request and its response.
 *
 *     connecting ──► waiting for headers ──► reading the body ──► settled
 *
 * The end of the body settles the exchange. A body beyond its maximum, an error, the timeout and the abort settle it
 * from any state. What undici reports afterwards is ignored.
 *
 * It is a dispatch handler because undici's `request` cannot be aborted before it has a connection, and turns a body
 * that is needed whole into a stream.
 */
class Exchange extends Expiring implements Dispatcher.DispatchHandler, EndedCall, AbortListener {
  readonly #connection: Connection
  readonly #request: HttpRequest
  readonly #options: ExchangeOptions
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (reason: unknown) => void
  readonly endsAt: number

  #controller: Dispatcher.DispatchController | undefined
  #isSettled = false
  #status = 0
  #isSuccess = false
  #isComplete = true
  #headers: ResponseHeaders = {}
  #body: Buffer = NOTHING
  #byteCount = 0
  #byteLimit = 0

  constructor(
    connection: Connection,
    request: HttpRequest,
    options: ExchangeOptions,
    resolve: (response: HttpResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    super()
    this.#connection = connection
    this.#request = request
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
    this.endsAt = performance.now() + request.timeoutMs
    options.deadlines.add(this)
    options.abort.listen(this)
  }

  /** As a listener itself, an exchange needs no closure. */
  onAbort(reason: unknown): void {
    this.#fail(reason)
  }

  expire(): void {
    this.#fail(this.#timeoutError())
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // The exchange was settled while the request waited for a shared connection, so it must not be sent.
    if (this.#isSettled) controller.abort(new Error('The call was aborted.'))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200 || this.#isSettled) return
    this.#status = status
    this.#headers = headers
    const { maxBodyBytes } = this.#options
    this.#isSuccess = isSuccess(status, this.#request.successStatus)
    this.#byteLimit = this.#isSuccess ? maxBodyBytes : Math.min(maxBodyBytes, QUOTABLE_BYTES)
    const declared = this.#request.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
    if (this.#isSuccess && declared > maxBodyBytes) this.#cutOff()
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return
    const length = this.#byteCount + chunk.length
    if (this.#byteCount === 0) this.#body = chunk
    else this.#append(chunk)
    this.#byteCount = length
    if (length > this.#byteLimit) this.#cutOff()
  }

  #append(chunk: Buffer): void {
    const length = this.#byteCount + chunk.length
    if (length > this.#body.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#byteCount, 1024))
      larger.set(this.#body)
      this.#body = larger
    }
    this.#body.set(chunk, this.#byteCount)
  }

  onResponseEnd(): void {
    if (this.#settle()) this.#connection.release(this)
  }

  deliver(): void {
    this.#resolve({
      status: this.#status,
      isSuccess: this.#isSuccess,
      headers: this.#headers,
      body: this.#body.subarray(0, this.#byteCount),
      isComplete: this.#isComplete,
    })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#isSettled) return
    logRefusal(error, this.#options.context.log)
    this.#fail(explainBrokenCall(error, this.#request.target))
  }

  #cutOff(): void {
    if (!this.#settle()) return
    this.#isComplete = false
    this.#connection.abort(this.#controller)
    this.deliver()
  }

  #fail(reason: unknown): void {
    if (!this.#settle()) return
    this.#connection.abort(this.#controller)
    this.#reject(reason)
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#options.deadlines.remove(this)
    this.#options.abort.unlisten(this)
    return true
  }

  #timeoutError(): RetryableError {
    const { target, timeoutMs } = this.#request
    const phase =
      this.#controller === undefined ? 'connecting' : this.#status === 0 ? 'waiting for headers' : 'reading the body'
    return new RetryableError(`The call to ${placeOf(target)} timed out after ${timeoutMs} ms while ${phase}.`, {
      failureClass: 'timeout',
    })
  }
}

function isSuccess(status: number, successStatus: number | readonly number[] | undefined): boolean {
  if (status >= 200 && status < 300) return true
  return typeof successStatus === 'object' ? successStatus.includes(status) : status === successStatus
}
