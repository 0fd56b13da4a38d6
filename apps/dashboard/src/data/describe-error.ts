import { ApiError, ConnectionError } from '@sluice/client'

/** An error in words for people. */
export interface ErrorText {
  title: string
  detail: string
  /** The error code of the API, and the id of the request by which its log lists it. */
  code?: string
  requestId?: string
}

/** What the page itself refuses to do. The message is for people. */
export class PageRefusal extends Error {
  override readonly name = 'PageRefusal'
  readonly title: string

  constructor(message: string, title = 'Not done') {
    super(message)
    this.title = title
  }
}

/** Describes what went wrong. The API's own sentences name the value and the remedy. */
export function describeError(error: unknown): ErrorText {
  if (error instanceof ApiError) {
    const { title, detail, code, requestId, errors = [] } = error.problem
    const details = errors.map(({ path, message }) => `${path} ${message}.`)
    return { title, detail: [detail, ...details].join(' '), code, requestId }
  }
  if (error instanceof ConnectionError) {
    return { title: 'The API does not answer', detail: 'The page tries again by itself.' }
  }
  if (error instanceof PageRefusal) return { title: error.title, detail: error.message }
  return { title: 'The page has an error', detail: error instanceof Error ? error.message : String(error) }
}
