import { describeType } from './describe-type.ts'
import type { JsonSchema } from './json-schema.ts'

/** A Markdown table. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row))].join('\n')
}

/** The members of an object, one per row. */
export function renderMembers({ properties = {}, required = [] }: JsonSchema, { isSent }: { isSent: boolean }): string {
  const rows = Object.entries(properties).map(([name, schema]) => [
    `\`${name}\``,
    describeType(schema),
    [isSent && required.includes(name) ? 'Required.' : '', schema.description ?? '', describeDefault(schema)]
      .filter((part) => part !== '')
      .join(' '),
  ])
  return renderTable(['name', 'type', 'description'], rows)
}

function describeDefault(schema: JsonSchema): string {
  return schema.default === undefined ? '' : `Default: \`${JSON.stringify(schema.default)}\`.`
}
