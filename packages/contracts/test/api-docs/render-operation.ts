import {
  type Content,
  type ErrorCode,
  errorCodes,
  errorsOf,
  mediaTypes,
  type Operation,
  reasonHeader,
} from '../../src/index.ts'
import { describeType } from './describe-type.ts'
import type { JsonSchema } from './json-schema.ts'
import { renderMembers, renderTable } from './render-table.ts'

/** The section of one operation. */
export function renderOperation(operation: Operation): string {
  const { summary, method, path, description } = operation
  return [
    `### ${summary}`,
    `\`${method} ${path}\``,
    description,
    ...renderParts(operation),
    ...renderBody(operation),
    renderAnswers(operation),
    ...renderErrors(operation),
  ].join('\n\n')
}

function renderParts({ params, query, headers }: Operation): string[] {
  const parts: [title: string, schema: JsonSchema | undefined][] = [
    ['Path', params],
    ['Query', query],
    ['Headers', withoutReason(headers)],
  ]
  return parts.flatMap(([title, schema]) =>
    schema === undefined ? [] : [`**${title}**`, renderMembers(schema, { isSent: title !== 'Path' })],
  )
}

/** The introduction explains the reason once for all operations. */
function withoutReason(headers: JsonSchema | undefined): JsonSchema | undefined {
  const own = Object.entries(headers?.properties ?? {}).filter(([name]) => !Object.hasOwn(reasonHeader, name))
  return own.length === 0 ? undefined : { ...headers, properties: Object.fromEntries(own) }
}

function renderBody({ body }: Operation): string[] {
  if (body === undefined) return []
  const forms = body.contents.map((content) => `\`${mediaTypes[content.kind]}\`: ${describeContent(content)}`)
  return [`**Body**${body.required ? '' : ' (optional)'}`, forms.map((form) => `- ${form}`).join('\n')]
}

function describeContent(content: Content): string {
  switch (content.kind) {
    case 'json':
      return describeType(content.schema)
    case 'ndjson':
      return `one ${describeType(content.line)} per line`
    case 'csv':
      return 'rows of CSV'
    case 'events':
      return `events with a ${describeType(content.data)} as data`
    case 'text':
      return 'text'
    case 'empty':
      return 'no body'
  }
}

function renderAnswers({ answers }: Operation): string {
  const rows = Object.entries(answers).map(([status, { description, content, otherForm, headers }]) => [
    status,
    [content, ...(otherForm ? [otherForm] : [])].map(describeContent).join(', or '),
    [description, ...describeEvents(content), ...describeHeaders(headers)].join(' '),
  ])
  const table = `**Answers**\n\n${renderTable(['status', 'body', 'description'], rows)}`
  return [table, ...Object.values(answers).flatMap(({ otherForm }) => renderColumns(otherForm))].join('\n\n')
}

function renderColumns(content: Content | undefined): string[] {
  if (content?.kind !== 'csv') return []
  const rows = Object.entries(content.columns).map(([name, meaning]) => [`\`${name}\``, meaning])
  return [`**Columns**\n\n${renderTable(['column', 'content'], rows)}`]
}

function describeEvents(content: Content): string[] {
  if (content.kind !== 'events') return []
  return Object.entries(content.names).map(([name, meaning]) => `\`${name}\`: ${meaning}`)
}

function describeHeaders(headers: Operation['answers'][number]['headers'] = {}): string[] {
  return Object.entries(headers).map(([name, schema]) => `Header \`${name}\`: ${(schema as JsonSchema).description}`)
}

/** Codes that follow from the form of a request: the introduction explains them once for all operations. */
export const commonErrors: readonly ErrorCode[] = [
  'SLUICE_BODY_NOT_JSON',
  'SLUICE_BODY_TOO_LARGE',
  'SLUICE_MEDIA_TYPE',
  'SLUICE_KEY_IN_QUERY',
  'SLUICE_TWO_CREDENTIALS',
  'SLUICE_UNAUTHENTICATED',
  'SLUICE_TOO_MANY_FAILURES',
  'SLUICE_TOO_MANY_REQUESTS',
  'SLUICE_PERMISSION_MISSING',
  'SLUICE_QUEUE_NOT_GRANTED',
  'SLUICE_INTERNAL',
  'SLUICE_OVERLOADED',
  'SLUICE_REDIS_UNAVAILABLE',
  'SLUICE_STORAGE_FULL',
]

function renderErrors(operation: Operation): string[] {
  const own = errorsOf(operation).filter((code) => operation.errors.includes(code) || !commonErrors.includes(code))
  return own.length === 0 ? [] : [`**Errors**\n\n${renderCodes(own, operation.remarks)}`]
}

/** A table of error codes, in order of their status. */
export function renderCodes(codes: readonly ErrorCode[], remarks: Operation['remarks'] = {}): string {
  const rows = codes
    .map((code) => ({ code, ...errorCodes[code] }))
    .toSorted((a, b) => a.status - b.status)
    .map(({ code, status, meaning }) => [String(status), linkTo(code), remarks[code] ?? meaning])
  return renderTable(['status', 'code', 'when'], rows)
}

function linkTo(code: ErrorCode): string {
  return `[\`${code}\`](errors.md#${code.toLowerCase()})`
}
