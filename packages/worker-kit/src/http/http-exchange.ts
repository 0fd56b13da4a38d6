import type { Dispatcher } from 'undici'
import { RetryableError } from '../errors.ts'
import type { HttpRequest } from './http-request.ts'
import type { ResponseHeaders } from '../failure/retry-after.ts'

/** What an upstream answered. */
export interface HttpResponse {
  status: number
  headers: ResponseHeaders
  body: Buffer
  /** False if the body is longer than the limit: it was cut off there, or not read at all, and its connection closed. */
  isComplete: boolean
}

export interface ExchangeOptions {
  /** Ends the exchange at any moment; the promise is rejected with its reason. */
  signal: AbortSignal
  /** Whether the body is wanted whole. Of any other only the beginning is read, for an error to quote. */
  isSuccess: (status: number) => boolean
  /** How long a body may be. */
  maxBodyBytes: number
}

const QUOTABLE_BYTES = 16 * 1024

/**
 * Sends one request and reads its answer. Rejected with the error of undici or of the socket, with a `RetryableError`
 * of class `timeout`, or with the reason of the signal.
 */
export async function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  options: ExchangeOptions,
): Promise<HttpResponse> {
  options.signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const { url, method, body } = request
    const headers = [...request.headers].flat()
    const handler = new Exchange(request, options, resolve, reject)
    dispatcher.dispatch({ origin: url.origin, path: url.pathname + url.search, method, headers, body }, handler)
  })
}

/**
 * An exchange waits for its connection, then for the headers, then for the end of the body, and is settled by the
 * first of: that end, a body beyond its limit, an error, the time-out, the abort. What undici still reports after
 * that is dropped.
 *
 * It is a dispatch handler, and not a call of undici's `request`, because that one cannot be aborted before it has a
 * connection, and makes a stream of a body that is wanted whole.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest
  readonly #options: ExchangeOptions
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (reason: unknown) => void
  readonly #timer: NodeJS.Timeout
  readonly #onAbort = () => this.#fail(this.#options.signal.reason)

  #controller: Dispatcher.DispatchController | undefined
  #isSettled = false
  #status = 0
  #headers: ResponseHeaders = {}
  #chunks: Buffer[] = []
  #byteCount = 0
  #byteLimit = 0

  constructor(
    request: HttpRequest,
    options: ExchangeOptions,
    resolve: (response: HttpResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#request = request
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(() => this.#fail(this.#timeoutError()), request.timeoutMs)
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Settled while it still waited for its connection: it must not be sent any more.
    if (this.#isSettled) this.#disconnect()
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    const { isSuccess, maxBodyBytes } = this.#options
    const isWanted = isSuccess(status)
    this.#byteLimit = isWanted ? maxBodyBytes : Math.min(maxBodyBytes, QUOTABLE_BYTES)
    const declared = this.#request.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
    if (isWanted && declared > maxBodyBytes) this.#cutOff()
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return
    this.#chunks.push(chunk)
    this.#byteCount += chunk.length
    if (this.#byteCount > this.#byteLimit) this.#cutOff()
  }

  onResponseEnd(): void {
    this.#finish(true)
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error)
  }

  #cutOff(): void {
    this.#finish(false)
    this.#disconnect()
  }

  #finish(isComplete: boolean): void {
    if (!this.#settle()) return
    const body = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks)
    const response = { status: this.#status, headers: this.#headers, body, isComplete }
    // Undici takes a turn of the event loop to free a connection. A caller that went on sooner would open another.
    queueMicrotask(() => setImmediate(this.#resolve, response))
  }

  #fail(reason: unknown): void {
    if (!this.#settle()) return
    this.#reject(reason)
    this.#disconnect()
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    clearTimeout(this.#timer)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    return true
  }

  /** Closes the connection, if the exchange is not over: what is left of the answer could only be read and dropped. */
  #disconnect(): void {
    this.#controller?.abort(new Error('The exchange was given up.'))
  }

  #timeoutError(): RetryableError {
    const { url, timeoutMs } = this.#request
    const missing =
      this.#controller === undefined ? 'no connection' : this.#status === 0 ? 'no answer' : 'no end of the answer'
    return new RetryableError(`${url.host} gave ${missing} within ${timeoutMs} ms.`, { failureClass: 'timeout' })
  }
}
