import { ApiError, ConnectionError, readApiError, SluiceError, TimeoutError } from './errors.ts'
import { routes } from './generated/routes.ts'
import type { CompleteOptions, RequestOptions } from './options.ts'
import { type Repeatable, retryDelayMs } from './retry.ts'
import { sleep } from './sleep.ts'

/** The id of an operation of the API. */
export type OperationId = keyof typeof routes

/** A request as it is sent. */
export interface ApiRequest {
  operation: OperationId
  /** Path parameters by name. */
  params?: Readonly<Record<string, string | number>> | undefined
  /** Undefined members are left out. An array is a parameter for each element, an object `name.key` for each member. */
  query?: object | undefined
  headers?: Readonly<Record<string, string>> | undefined
  body?: string | Uint8Array<ArrayBuffer> | undefined
  /** Default: JSON, if there is a body. */
  contentType?: string | undefined
  /** Default `always`. */
  repeatable?: Repeatable | undefined
  /** Time that sending the body may take on top of the timeout, in ms. Default 0. */
  sendingMs?: number | undefined
}

/** An answer, read. */
export interface Answer<Data> {
  data: Data
  response: Response
}

/** Sends requests, and repeats those that fail where that is safe and can help. */
export class Transport {
  readonly #options: CompleteOptions

  constructor(options: CompleteOptions) {
    this.#options = options
  }

  /**
   * Sends a request and reads its answer. An answer that breaks off counts as no answer.
   *
   * @throws {ApiError | ConnectionError} when no try succeeds.
   */
  async send<Data>(
    request: ApiRequest,
    options: RequestOptions,
    read: (response: Response) => Promise<Data>,
  ): Promise<Answer<Data>> {
    const { operation, repeatable = 'always' } = request
    const { onRetry } = this.#options
    const maxRetries = options.maxRetries ?? this.#options.maxRetries
    for (let retries = 0; ; retries += 1) {
      try {
        const response = await this.#fetch(request, options)
        return { response, data: await this.#read(response, options, read) }
      } catch (error) {
        if (retries > 0 && isAlreadyDeleted(operation, error)) return gone<Data>()
        const delayMs = error instanceof SluiceError ? retryDelayMs(error, retries, repeatable) : undefined
        if (retries >= maxRetries || delayMs === undefined) throw error
        onRetry({ operation, error: error as SluiceError, retry: retries + 1, delayMs })
        await sleep(delayMs, options.signal)
      }
    }
  }

  async #fetch(request: ApiRequest, options: RequestOptions): Promise<Response> {
    const { operation, body, contentType = 'application/json', sendingMs = 0 } = request
    const timeoutMs = (options.timeoutMs ?? this.#options.timeoutMs) + sendingMs
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    const response = await this.#options
      .fetch(this.#options.baseUrl + targetOf(request), {
        method: routes[operation].method,
        headers: {
          ...this.#options.headers,
          ...(body !== undefined && { 'content-type': contentType }),
          ...request.headers,
          ...options.headers,
        },
        ...(body !== undefined && { body }),
        // The signal of the caller also ends the reading of the body; the timeout ends with the headers.
        signal: options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal,
      })
      .catch((error: unknown) => {
        options.signal?.throwIfAborted()
        if (late.signal.aborted) throw new TimeoutError(`${operation}: no answer within ${timeoutMs} ms.`)
        throw new ConnectionError(`${operation}: the API at ${this.#options.baseUrl} cannot be reached.`, {
          cause: error,
        })
      })
      .finally(() => clearTimeout(timer))
    if (response.ok) return response
    throw await readApiError(operation, response)
  }

  async #read<Data>(
    response: Response,
    { signal }: RequestOptions,
    read: (response: Response) => Promise<Data>,
  ): Promise<Data> {
    try {
      return await read(response)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof SluiceError) throw error
      throw new ConnectionError(`The answer of ${response.url} broke off.`, { cause: error })
    }
  }
}

/** The path and the query of a request. */
function targetOf({ operation, params = {}, query = {} }: ApiRequest): string {
  const path = routes[operation].path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams(Object.entries(query).flatMap(parametersOf)).toString()
  return search === '' ? path : `${path}?${search}`
}

function parametersOf([name, value]: [string, unknown]): [string, string][] {
  if (value === undefined) return []
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([key, one]) => parametersOf([`${name}.${key}`, one]))
  return (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)])
}

/** The answer to an earlier try was lost. */
function isAlreadyDeleted(operation: OperationId, error: unknown): boolean {
  return routes[operation].method === 'DELETE' && error instanceof ApiError && error.status === 404
}

function gone<Data>(): Answer<Data> {
  return { response: new Response(null, { status: 204 }), data: undefined as Data }
}
