import { type Operation, Problem, tags } from '../../src/index.ts'
import { describeType } from './describe-type.ts'
import { isNamed, type JsonSchema, partsOf } from './json-schema.ts'
import { commonErrors, renderCodes, renderOperation } from './render-operation.ts'
import { renderMembers, renderTable } from './render-table.ts'
import { schemasOf } from './schemas-of.ts'

const introduction = `# API reference

<!-- Generated from packages/contracts: pnpm docs:api -->

The API speaks JSON over HTTP. \`GET /openapi.json\` returns this reference as an OpenAPI document, and \`/docs\` shows it as a
page to try.

- **API keys.** All operations but health checks and the OpenAPI document need one, sent as \`Authorization: Bearer <key>\` or as
  \`x-api-key\`. Its role decides which operations it may call: [permissions.md](permissions.md).
- **Quota.** The headers \`RateLimit-Policy\` and \`RateLimit\` say how many requests an API key may make, and how many are left
  of the present window: \`"requests";r=19999;t=7\` are 19,999 in the next 7 seconds.
- **Names.** A batch is addressed by its id, or by \`code:\` and its percent-encoded code.
- **Types.** Times are ISO 8601 in UTC, and names of durations end in \`Ms\`. A member of an answer without a value is null. A
  request must not have members that its schema does not know.
- **Lists.** A page may have fewer rows than \`pageSize\`. Pass its \`nextCursor\` as \`cursor\` until it is null.
- **Sizes.** A JSON body may have 131,072 bytes, or \`SLUICE_MAX_BODY_BYTES\` if it has tasks. NDJSON has no limit.
- **Compression.** Answers to GET of 4 KB or more are compressed with zstd or gzip, if \`Accept-Encoding\` names one. Streams of
  results are compressed piece by piece. Events are not compressed. NDJSON may be sent with
  \`Content-Encoding: gzip\` or \`zstd\`; other bodies are sent uncompressed.
- **Errors.** Every refusal is a [Problem](#problem): branch on its \`code\`, which [errors.md](errors.md) explains. Each operation
  below lists its own codes; all operations share those of the second table.
- **Load.** A busy process serves \`critical\` operations before \`normal\` ones, and refuses \`sheddable\` ones first.
  \`bypass\` operations never wait.
- **Reasons.** Every operation that changes something accepts the header \`x-sluice-reason\`: why the request is made, in up to 200
  printable characters of ASCII. The [audit log](security.md#the-audit-log) shows it.
- **Request id.** Every answer has it in the header \`x-request-id\`, and the log lists requests by it.`

/** The whole page. */
export function renderApi(operations: readonly Operation[]): string {
  const groups = Object.entries(tags).map(([tag, description]) => ({
    title: tag.charAt(0).toUpperCase() + tag.slice(1),
    description,
    members: operations.filter((operation) => operation.tag === tag),
  }))
  return [
    introduction,
    renderTable(['operation', 'request', 'permission', 'under load'], operations.map(contentsRow)),
    renderCodes(commonErrors),
    ...groups.flatMap(({ title, description, members }) => [
      `## ${title}`,
      description,
      ...members.map((operation) => renderOperation(operation)),
    ]),
    '## Objects',
    ...namedSchemas(operations).map((schema) => renderSchema(schema)),
    '',
  ].join('\n\n')
}

function contentsRow({ summary, method, path, permission, gate }: Operation): string[] {
  const anchor = summary.toLowerCase().replaceAll(' ', '-')
  return [`[${summary}](#${anchor})`, `\`${method} ${path}\``, permission === null ? '' : `\`${permission}\``, gate]
}

function renderSchema(schema: JsonSchema & { title: string }): string {
  const parts = [`### ${schema.title}`, schema.description ?? '']
  if (schema.enum !== undefined) parts.push(`One of ${describeType({ enum: schema.enum })}.`)
  else parts.push(renderMembers(schema, { isSent: isSent(schema) }))
  return parts.filter((part) => part !== '').join('\n\n')
}

/** Answers always have all their members, so only what is sent can leave some out. */
function isSent({ properties = {}, required = [] }: JsonSchema): boolean {
  return Object.keys(properties).length > required.length
}

/** Every schema with a section of its own, in alphabetical order. */
function namedSchemas(operations: readonly Operation[]): (JsonSchema & { title: string })[] {
  const found = new Map<string, JsonSchema & { title: string }>()
  const visit = (schema: JsonSchema) => {
    if (isNamed(schema) && !found.has(schema.title)) found.set(schema.title, schema)
    partsOf(schema).forEach(visit)
  }
  operations.flatMap((operation) => schemasOf(operation)).forEach(visit)
  visit(Problem as JsonSchema)
  return [...found.values()].toSorted((a, b) => (a.title < b.title ? -1 : 1))
}
