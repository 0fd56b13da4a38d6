import { type Operation, operations, errorCodes, Problem } from '@sluice/contracts'
import { type JsonSchema, TypeWriter } from './type-text.ts'

const HEADER = `// Generated from packages/contracts: pnpm docs:api

`

/** The types of everything that the API takes and answers, and of each operation. */
export function renderApiTypes(): string {
  const writer = new TypeWriter()
  const rows = Object.entries(operations).map(([id, operation]) => `  ${id}: ${operationType(writer, operation)}\n`)
  writer.typeOf(Problem as JsonSchema)
  const codes = Object.keys(errorCodes).map((code) => `  | '${code}'\n`)
  return [
    HEADER,
    writer.declarations().join('\n'),
    `\n/** What each operation takes and answers. */\nexport interface Operations {\n${rows.join('')}}\n`,
    `\n/** The stable identifier of a refusal. */\nexport type ErrorCode =\n${codes.join('')}`,
  ].join('')
}

/** Where each operation is. */
export function renderRoutes(): string {
  const rows = Object.entries(operations).map(
    ([id, { method, path }]) => `  ${id}: { method: '${method}', path: '${path}' },\n`,
  )
  return `${HEADER}/** The method and the path of each operation. */\nexport const routes = {\n${rows.join('')}} as const\n`
}

function operationType(writer: TypeWriter, { query, body, answers }: Operation): string {
  const parts = [
    ...(query === undefined ? [] : [`query: ${writer.typeOf(query, '  ')}`]),
    ...(body === undefined ? [] : [`body: ${bodyType(writer, body)}`]),
    `answer: ${answerType(writer, answers)}`,
  ]
  return `{ ${parts.join('; ')} }`
}

function bodyType(writer: TypeWriter, { contents, required }: NonNullable<Operation['body']>): string {
  const types = contents.map((content) =>
    content.kind === 'json' ? writer.typeOf(content.schema, '  ') : writer.typeOf(content.line),
  )
  return [types[0] ?? 'never', ...(required ? [] : ['undefined'])].join(' | ')
}

/** A stream's answer is one of its lines, or the data of one of its events. */
function answerType(writer: TypeWriter, answers: Operation['answers']): string {
  const types = Object.values(answers).map(({ content }) => {
    switch (content.kind) {
      case 'json':
        return writer.typeOf(content.schema)
      case 'ndjson':
        return writer.typeOf(content.line)
      case 'events':
        return writer.typeOf(content.data)
      case 'csv':
      case 'text':
        return 'string'
      case 'empty':
        return 'undefined'
    }
  })
  return [...new Set(types)].join(' | ')
}
