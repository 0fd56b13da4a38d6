import { UsageError } from '../exit-codes.ts'

/** Puts the columns of a row into a template. `where` is the row in messages, such as `leads.csv:17`. */
export type Fill = (row: unknown, where: string) => unknown

const PLACEHOLDER = /\{\{\s*([^{}]+?)\s*\}\}/g
const WHOLE = /^\{\{\s*([^{}]+?)\s*\}\}$/

/** A text in which `{{column}}` stands for a column. `encode` makes a value safe where it is put. */
export function textTemplate(
  text: string,
  encode: (value: string) => string = (value) => value,
): (row: unknown, where: string) => string {
  return (row, where) => text.replaceAll(PLACEHOLDER, (_, name: string) => encode(asText(columnOf(row, name, where))))
}

/**
 * A JSON text in which `{{column}}` stands for a column. A string that is nothing but a placeholder becomes the value as it
 * is, so that numbers and objects of NDJSON stay what they are. A text that is not JSON is a plain text.
 */
export function bodyTemplate(text: string): Fill {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return textTemplate(text)
  }
  return (row, where) => fillIn(parsed, row, where)
}

function fillIn(template: unknown, row: unknown, where: string): unknown {
  if (typeof template === 'string') {
    const [, whole] = WHOLE.exec(template) ?? []
    return whole === undefined ? textTemplate(template)(row, where) : columnOf(row, whole, where)
  }
  if (Array.isArray(template)) return template.map((element) => fillIn(element, row, where))
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fillIn(value, row, where)]))
}

function columnOf(row: unknown, name: string, where: string): unknown {
  if (typeof row === 'object' && row !== null && Object.hasOwn(row, name)) return (row as Record<string, unknown>)[name]
  const names = typeof row === 'object' && row !== null ? Object.keys(row) : []
  const has = names.length === 0 ? 'has no columns' : `has ${names.slice(0, 20).join(', ')}`
  throw new UsageError(`${where}: the template needs the column "${name}", and the row ${has}.`)
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
