import type { Dispatcher } from 'undici'
import { RetryableError } from '../errors.ts'
import type { HttpRequest } from './http-request.ts'
import type { ResponseHeaders } from '../failure/retry-after.ts'

/** A response of an upstream. */
export interface HttpResponse {
  status: number
  headers: ResponseHeaders
  body: Buffer
  /** False if the body exceeds its maximum. It was cut off there or not read at all, and the connection was closed. */
  isComplete: boolean
}

export interface ExchangeOptions {
  /** Aborts the exchange, which then rejects with the reason of the signal. */
  signal: AbortSignal
  /** Whether a response is a success. Only the beginning of other bodies is read, to quote it in the error. */
  isSuccess: (status: number) => boolean
  /** Maximum length of a body. */
  maxBodyBytes: number
}

const QUOTABLE_BYTES = 16 * 1024

/**
 * Sends one request and reads its response. Rejects with an error of undici or the socket, with a `RetryableError` of
 * class `timeout`, or with the reason of the signal.
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
    // The exchange was settled while it was connecting, so the request must not be sent.
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
    // Undici frees the connection in the next tick. A caller that continues sooner would open another connection.
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

  /** Closes the connection unless the response has ended. The rest of the response could only be read and discarded. */
  #disconnect(): void {
    this.#controller?.abort(new Error('The exchange was aborted.'))
  }

  #timeoutError(): RetryableError {
    const { url, timeoutMs } = this.#request
    const phase =
      this.#controller === undefined ? 'connecting' : this.#status === 0 ? 'waiting for headers' : 'reading the body'
    return new RetryableError(`The call to ${url.host} timed out after ${timeoutMs} ms while ${phase}.`, {
      failureClass: 'timeout',
    })
  }
}
