import { aggregatedErrors, describeThrown, type ThrownDescription } from './describe-thrown.ts'
import { classOfErrorCode } from './error-code.ts'
import { carriesMeaning, classOfStatus, isRetryableClass, type FailureClass, type FailureMeaning } from '../errors.ts'
import { readProperty, readText } from './read-property.ts'
import { parseRetryAfter, type ResponseHeaders } from './retry-after.ts'

/** A failed attempt: what the failure means and how it is described. */
export interface Failure extends FailureMeaning, ThrownDescription {}

/** How many causes deep the meaning is searched for. Client libraries wrap errors that their own libraries wrapped. */
const MAX_CAUSES = 4

const FAILURE_CLASSES: ReadonlySet<unknown> = new Set<FailureClass>([
  'rate_limited',
  'overloaded',
  'timeout',
  'network',
  'auth',
  'invalid',
  'server',
  'handler',
  'worker_lost',
])

/**
 * Determines what a failed attempt means from the value its handler threw. Never throws.
 *
 * The first of these that the error has decides; then the same is tried for its causes: the meaning of an error of this
 * package (errors.ts); a numeric `status` or `statusCode`, its own or that of its `response`; a known error code of
 * Node or undici, or the name TimeoutError. If none is found, the message decides, by the few words of `meaningOfText`.
 * Any other failure is of class `handler` and is retried.
 */
export function classifyFailure(thrown: unknown): Failure {
  const { stack, ...description } = describeThrown(thrown)
  const meaning = findMeaning(thrown, MAX_CAUSES) ?? meaningOfText(description.message)
  // An error that says what it means needs no stack, which names the files of its worker.
  return { ...description, ...(declaredMeaning(thrown) === undefined && { stack }), ...meaning }
}

function findMeaning(thrown: unknown, causesLeft: number): FailureMeaning | undefined {
  const own = declaredMeaning(thrown) ?? meaningOfStatus(thrown) ?? meaningOfCode(thrown)
  if (own !== undefined || causesLeft === 0) return own
  const inner = findMeaning(readProperty(thrown, 'cause'), causesLeft - 1)
  return inner ?? meaningOfAggregated(thrown, causesLeft - 1)
}

/** A retryable failure counts before others, since the next attempt may succeed in that way. */
function meaningOfAggregated(thrown: unknown, causesLeft: number): FailureMeaning | undefined {
  const meanings = aggregatedErrors(thrown).flatMap((error) => findMeaning(error, causesLeft) ?? [])
  return meanings.find(({ retryable }) => retryable) ?? meanings[0]
}

function declaredMeaning(thrown: unknown): FailureMeaning | undefined {
  if (readProperty(thrown, carriesMeaning) !== true) return undefined
  const failureClass = readProperty(thrown, 'failureClass')
  return {
    failureClass: FAILURE_CLASSES.has(failureClass) ? (failureClass as FailureClass) : 'handler',
    retryable: readProperty(thrown, 'retryable') !== false,
    status: httpStatus(readProperty(thrown, 'status')),
    retryAfterMs: duration(readProperty(thrown, 'retryAfterMs')),
  }
}

function meaningOfStatus(thrown: unknown): FailureMeaning | undefined {
  const response = readProperty(thrown, 'response')
  const status = [thrown, response]
    .flatMap((holder) => [readProperty(holder, 'status'), readProperty(holder, 'statusCode')])
    .map(httpStatus)
    .find((candidate) => candidate !== undefined)
  const failureClass = classOfStatus(status)
  if (failureClass === undefined) return undefined
  const isSlowDown = failureClass === 'rate_limited' || failureClass === 'overloaded'
  const retryAfterMs = isSlowDown ? (retryAfter(thrown) ?? retryAfter(response)) : undefined
  return { failureClass, retryable: isRetryableClass(failureClass), status, retryAfterMs }
}

/** How long the upstream asked to wait: a property of the error, or the response headers that an SDK attached to it. */
function retryAfter(holder: unknown): number | undefined {
  const declared = duration(readProperty(holder, 'retryAfterMs'))
  if (declared !== undefined) return declared
  const headers = readProperty(holder, 'headers')
  try {
    const record = headers instanceof Headers ? Object.fromEntries(headers) : headers
    return typeof record === 'object' ? parseRetryAfter((record ?? {}) as ResponseHeaders, Date.now()) : undefined
  } catch {
    return undefined
  }
}

function meaningOfCode(thrown: unknown): FailureMeaning | undefined {
  const isTimeout = readText(thrown, 'name') === 'TimeoutError'
  const failureClass = isTimeout ? 'timeout' : classOfErrorCode(readText(thrown, 'code') ?? '')
  return failureClass && { failureClass, retryable: true }
}

/**
 * The last resort, for handlers that throw plain text. These few words are a convention that users of such queues rely
 * on. No other class is derived from a message.
 */
function meaningOfText(message: string): FailureMeaning {
  if (/\b429\b|rate.?limit/i.test(message)) return { failureClass: 'rate_limited', retryable: true }
  if (/\b50[23]\b|bad gateway|service unavailable/i.test(message))
    return { failureClass: 'overloaded', retryable: true }
  return { failureClass: 'handler', retryable: true }
}

function httpStatus(value: unknown): number | undefined {
  return Number.isInteger(value) && Number(value) >= 100 && Number(value) < 600 ? Number(value) : undefined
}

function duration(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}
