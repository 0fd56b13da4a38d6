import type { SluiceError } from './errors.ts'

/** Settings of a client. */
export interface SluiceOptions {
  /** Where the API is, with any path before `/v1`. Default `http://localhost:3000`. */
  url?: string | undefined
  /** The API key. Default: none, for an API that permits anonymous clients. */
  apiKey?: string | undefined
  /** Time until the headers of an answer must have arrived, in ms. Bodies may take longer. Default 30,000. */
  timeoutMs?: number | undefined
  /** How often a request is repeated, if that is safe and can help. Default 2. */
  maxRetries?: number | undefined
  /** Headers to send with every request. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Makes the requests. Default: the global `fetch`. */
  fetch?: typeof fetch | undefined
  /** Called before each repetition of a request. */
  onRetry?: ((retry: Retry) => void) | undefined
}

/** A request that is about to be repeated. */
export interface Retry {
  /** The id of the operation, such as `createBatch`. */
  operation: string
  /** Why the last try failed. */
  error: SluiceError
  /** 1 before the first repetition. */
  retry: number
  /** Time until then, in ms. */
  delayMs: number
}

/** Settings of one call. They replace those of the client. */
export interface RequestOptions {
  /** Ends the call. It then throws the reason of the signal. */
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
  maxRetries?: number | undefined
  /** Added to the headers of the client. */
  headers?: Readonly<Record<string, string>> | undefined
}

/** The settings of a client with defaults applied. */
export interface CompleteOptions {
  /** Without a slash at its end. */
  baseUrl: string
  timeoutMs: number
  maxRetries: number
  headers: Readonly<Record<string, string>>
  fetch: typeof fetch
  onRetry: (retry: Retry) => void
}

/** Applies defaults. Throws a `TypeError` for a URL or an API key that cannot be used. */
export function completeOptions(options: SluiceOptions): CompleteOptions {
  const { apiKey, url = 'http://localhost:3000' } = options
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError('The option apiKey must be one word without spaces and line breaks.')
  }
  return {
    baseUrl: checkUrl(url),
    timeoutMs: options.timeoutMs ?? 30_000,
    maxRetries: options.maxRetries ?? 2,
    headers: { ...options.headers, ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
    // Called without an object: browsers refuse a fetch that is a method of anything but the window.
    fetch: options.fetch ?? ((...args) => fetch(...args)),
    onRetry: options.onRetry ?? (() => {}),
  }
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TypeError(`The option url must be an http or https URL; url is ${JSON.stringify(text)}.`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('The option url must have no user name, password, query or fragment. Pass a key as apiKey.')
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}
