import { aggregatedErrors, describeThrown, type ThrownDescription } from './describe-thrown.ts'
import { classOfErrorCode } from './error-code.ts'
import { carriesMeaning, classOfStatus, isRetryableClass, type FailureClass, type FailureMeaning } from '../errors.ts'
import { readProperty, readText } from './read-property.ts'
import { parseRetryAfter, type ResponseHeaders } from './retry-after.ts'

/** A failed attempt: what it means, and what a person reads about it. */
export interface Failure extends FailureMeaning, ThrownDescription {}

/** How many errors deep the reason may lie: client libraries wrap what their own libraries wrapped. */
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
 * Says what a failed attempt means, from whatever its handler threw. Never throws itself.
 *
 * Asked in this order, the error first and then its causes: one of our own errors (errors.ts) · a numeric `status`
 * or `statusCode`, its own or its `response`'s · a well-known code of Node or undici, or a TimeoutError. Only an
 * error of which none of these is known is judged by its text, and only by the words of `meaningOfText`. Everything
 * else is `handler`, and is retried.
 */
export function classifyFailure(thrown: unknown): Failure {
  const description = describeThrown(thrown)
  const meaning = findMeaning(thrown, MAX_CAUSES) ?? meaningOfText(description.message)
  return { ...description, ...meaning }
}

function findMeaning(thrown: unknown, causesLeft: number): FailureMeaning | undefined {
  const own = declaredMeaning(thrown) ?? meaningOfStatus(thrown) ?? meaningOfCode(thrown)
  if (own !== undefined || causesLeft === 0) return own
  const inner = findMeaning(readProperty(thrown, 'cause'), causesLeft - 1)
  return inner ?? meaningOfAggregated(thrown, causesLeft - 1)
}

/** Of several failures, one that may pass counts: the next attempt may take that way. */
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

/** How long the upstream asked to wait, from an error that kept it or the response's headers, as SDKs do. */
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
 * The last resort, for handlers that throw a plain text: the few words that users of this kind of queue have always
 * been able to rely on. No other class is ever guessed from a text.
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
