import { join } from 'node:path'
import { type ErrorCode, errorCodes, Problem, PROBLEM_MEDIA_TYPE } from '@sluice/contracts'
import { Compile } from 'typebox/compile'
import type { Answer } from './answer.ts'
import type { DeclaredAnswer, DocumentedOperation } from './api-document.ts'
import { CLIENT_SECRET, type Draft } from './draft.ts'

/** Refusals of what the parser cannot read. They come before any operation, so none declares them. */
const PARSER_CODES: readonly string[] = [
  'SLUICE_REQUEST_MALFORMED',
  'SLUICE_HEADERS_TOO_LARGE',
  'SLUICE_HEADERS_TOO_SLOW',
] satisfies ErrorCode[]

/** Headers that every answer must have. */
const ALWAYS = ['x-request-id', 'x-content-type-options', 'cache-control', 'referrer-policy', 'content-security-policy']

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

const problem = Compile(Problem)

/** Decides what is wrong with answers, from the OpenAPI document and from what must never appear in one. */
export class Judge {
  readonly #operations: readonly DocumentedOperation[]
  readonly #leaks: readonly (string | RegExp)[]

  /** @param secrets Texts that only the server knows. */
  constructor(operations: readonly DocumentedOperation[], secrets: readonly string[]) {
    this.#operations = operations
    const root = join(import.meta.dirname, '../../../..')
    this.#leaks = [
      ...secrets,
      CLIENT_SECRET,
      root,
      'node_modules',
      'node:internal',
      'redis://',
      /\\?\n\s+at .*:\d+:\d+/,
    ]
  }

  /** What is wrong with the answer to a request; undefined if nothing is. */
  findFlaw(draft: Draft, answer: Answer): string | undefined {
    const operation = this.resolve(draft)
    return (
      this.findGeneralFlaw(answer, draft.method === 'HEAD') ??
      (draft.path.startsWith('/docs') || draft.method === 'HEAD'
        ? undefined
        : operation === undefined
          ? findStrayFlaw(answer)
          : (findUndeclared(operation, answer) ?? findForbidden(operation, draft, answer)))
    )
  }

  /** What is wrong with an answer to any request. */
  findGeneralFlaw({ status, headers, body }: Answer, isHead = false): string | undefined {
    const text = body.toString()
    const isProblem = (headers['content-type'] ?? '').startsWith(PROBLEM_MEDIA_TYPE)
    const missing = ALWAYS.find((name) => headers[name] === undefined)
    const leak = this.#leaks.find((secret) => {
      const shown = `${JSON.stringify(headers)}${text}`
      return typeof secret === 'string' ? shown.includes(secret) : secret.test(shown)
    })
    if (status === 500) return 'an internal error'
    if (leak !== undefined) return `shows ${String(leak)}`
    if (missing !== undefined) return `has no ${missing}`
    if (isHead) return undefined
    if (status >= 400 && !isProblem) return 'refuses without a problem document'
    return isProblem ? findProblemFlaw(status, headers, text) : undefined
  }

  /** The operation that a request reaches, as the router sees it. */
  resolve({ method, path }: Draft): DocumentedOperation | undefined {
    // The router takes what follows # for a fragment.
    const parts = (path.split('#', 1)[0] ?? '').split('/').map(decode)
    return this.#operations.find((operation) => {
      const names = operation.template.split('/')
      return (
        operation.method === method &&
        names.length === parts.length &&
        names.every((name, i) => (name.startsWith('{') ? parts[i] !== '' : name === parts[i]))
      )
    })
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function findProblemFlaw(status: number, headers: Answer['headers'], text: string): string | undefined {
  const document: unknown = JSON.parse(text)
  if (!problem.Check(document)) return `is no problem document: ${JSON.stringify(problem.Errors(document))}`
  const { code, detail, requestId, retryAfterMs } = document
  if (document.status !== status || errorCodes[code as ErrorCode]?.status !== status)
    return `says ${status}, and ${code}`
  if (requestId !== headers['x-request-id']) return 'has two request ids'
  if (UNPRINTABLE.test(detail)) return 'has unprintable characters in its detail'
  if ((retryAfterMs === undefined) !== (headers['retry-after'] === undefined)) return 'has half a retry time'
  return undefined
}

/** No operation matches: it is a refusal, or leads from the root to the reference of the API. */
function findStrayFlaw({ status, headers }: Answer): string | undefined {
  const isRoot = status === 302 && ['/docs', '/ui/'].includes(headers['location'] ?? '')
  return status < 400 && !isRoot ? 'succeeds although no operation matches' : undefined
}

/** What the document does not say about answers of this operation. */
function findUndeclared(operation: DocumentedOperation, answer: Answer): string | undefined {
  const { status, headers, body } = answer
  const { code } = status >= 400 ? (JSON.parse(body.toString()) as { code: ErrorCode }) : {}
  if (code !== undefined && PARSER_CODES.includes(code)) return undefined
  const declared = operation.answers[status]
  if (declared === undefined) return 'has an undeclared status'
  if (code !== undefined && !declared.codes.includes(code)) return `has the undeclared code ${code}`
  const missing = declared.headers.find((name) => headers[name] === undefined)
  if (missing !== undefined) return `has no ${missing}`
  return findContentFlaw(declared, headers['content-type'], body)
}

function findContentFlaw(declared: DeclaredAnswer, sent: string | undefined, body: Buffer): string | undefined {
  const type = sent?.split(';', 1)[0]
  if (type === undefined ? declared.mediaTypes.length > 0 : !declared.mediaTypes.includes(type))
    return `has the media type ${type}`
  const values = valuesOf(type, body.toString())
  const flaw = values.map(declared.findFlaw).find((found) => found !== undefined)
  return flaw === undefined ? undefined : `does not match its schema: ${flaw}`
}

function valuesOf(type: string | undefined, text: string): unknown[] {
  switch (type) {
    case undefined:
    // Rows have no schema.
    case 'text/csv':
      return []
    case 'text/plain':
      return [text]
    case 'application/x-ndjson':
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown)
    case 'text/event-stream':
      return [...text.matchAll(/(?:^|\n)data: ([^\r\n]*)/g)].map(([, data = '']) => JSON.parse(data) as unknown)
    default:
      return [JSON.parse(text)]
  }
}

/** Whether the API has accepted a body that its schema forbids. */
function findForbidden({ body: declared }: DocumentedOperation, draft: Draft, answer: Answer): string | undefined {
  const { body, headers } = draft
  const type = headers.filter(([name]) => name.toLowerCase() === 'content-type')
  if (answer.status >= 300 || declared === undefined || body === undefined || body.length === 0) return undefined
  if (type.length !== 1 || type[0]?.[1] !== 'application/json') return undefined
  return isAccepted(body, declared.accepts) ? undefined : 'accepts what the schema forbids'
}

function isAccepted(body: Buffer, accepts: (value: unknown) => boolean): boolean {
  try {
    return accepts(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)))
  } catch {
    return false
  }
}
