import type { Batch, ErrorCode, Interruption, LineError, Problem, RequestError } from './generated/api-types.ts'

/** Every error that the client throws, except for `TypeError`s of wrong arguments and the reasons of aborted signals. */
export abstract class SluiceError extends Error {}

/** No answer arrived: the API cannot be reached, or the connection broke. `cause` has the error of `fetch`. */
export class ConnectionError extends SluiceError {
  override readonly name = 'ConnectionError'
}

/** No answer, or no further part of a stream, arrived in time. */
export class TimeoutError extends ConnectionError {
  override readonly name = 'TimeoutError' as 'ConnectionError'
}

/** The batch was interrupted while a caller waited for its end. It can be resumed. */
export class BatchInterruptedError extends SluiceError {
  override readonly name = 'BatchInterruptedError'
  readonly batch: Batch
  /** Why the batch was interrupted. */
  readonly interruption: Interruption | null

  constructor(batch: Batch) {
    const { reason } = batch.lastInterruption ?? { reason: 'unknown' }
    const { completed, total } = batch.counts
    super(
      `Batch ${batch.id} was interrupted: ${reason}. ${completed} of ${total} tasks are completed. Resume it to continue.`,
    )
    this.batch = batch
    this.interruption = batch.lastInterruption
  }
}

/** Members of the problem document that some codes always have. */
interface ProblemMembers {
  SLUICE_CODE_TAKEN: { batchId: string }
  SLUICE_QUEUE_IN_USE: { batchId: string }
  SLUICE_OFFSET_GAP: { total: number }
  SLUICE_TASKS_DIFFER: { seq: number }
  SLUICE_REQUEST_INVALID: { errors: RequestError[] }
  SLUICE_TASKS_INVALID: { lines: LineError[] }
  SLUICE_PERMISSION_MISSING: { permission: string }
}

type MembersOf<Code> = Code extends keyof ProblemMembers ? ProblemMembers[Code] : unknown

/** What an answer was, if it was not a success. */
interface Refusal {
  status: number
  headers: Headers
  problem: Problem
}

class RefusedRequestError extends SluiceError {
  override readonly name = 'ApiError'
  /** The id of the operation, such as `createBatch`. */
  readonly operation: string
  /** The HTTP status. */
  readonly status: number
  /** The stable error code. Branch on it. A proxy's own refusal has `UNKNOWN`. */
  readonly code: string
  /** The problem document (RFC 9457). */
  readonly problem: Problem
  /** By which the log of the API lists the request. */
  readonly requestId: string
  readonly headers: Headers

  constructor(operation: string, { status, headers, problem }: Refusal) {
    super(problem.detail)
    this.operation = operation
    this.status = status
    this.code = problem.code
    this.problem = problem
    this.requestId = problem.requestId
    this.headers = headers
  }
}

type ApiErrorOf<Code extends string> = Omit<RefusedRequestError, 'code' | 'problem'> &
  Error & { readonly code: Code; readonly problem: Problem & MembersOf<Code> }

/**
 * The API refused a request. `error.code` narrows the type: with `error.code === 'SLUICE_CODE_TAKEN'`,
 * `error.problem.batchId` is a string.
 */
export type ApiError = { [Code in ErrorCode | 'UNKNOWN']: ApiErrorOf<Code> }[ErrorCode | 'UNKNOWN']

/** The class, for `instanceof`, which narrows to the union of all codes. */
export const ApiError = RefusedRequestError as unknown as new (operation: string, refusal: Refusal) => ApiError

/** Reads why a request was refused. An answer that is no problem document is that of a proxy. */
export async function readApiError(operation: string, response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  const { status, headers } = response
  return new ApiError(operation, { status, headers, problem: parseProblem(text) ?? unknownProblem(response, text) })
}

function parseProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'code' in value ? (value as Problem) : undefined
  } catch {
    return undefined
  }
}

function unknownProblem({ status, headers, url }: Response, text: string): Problem {
  const says = text.replace(/\s+/g, ' ').trim().slice(0, 200)
  return {
    type: 'about:blank',
    title: 'Unknown',
    status,
    code: 'UNKNOWN',
    detail: `${url} answered ${status}, but not as Sluice does. Is the url that of the API?${says === '' ? '' : ` It said: ${says}`}`,
    instance: url,
    requestId: headers.get('x-request-id') ?? '',
  }
}
