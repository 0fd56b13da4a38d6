import { RowError } from './row-error.ts'

/** Puts the columns of a row into a template. Throws a `RowError` if the row lacks one. */
export type Fill = (row: unknown) => unknown

const PLACEHOLDER = /\{\{\s*([^{}]+?)\s*\}\}/
const WHOLE = /^\{\{\s*([^{}]+?)\s*\}\}$/

/** A text in which `{{column}}` stands for a column. `encode` makes a value safe where it is put. */
export function textTemplate(
  text: string,
  encode: (value: string) => string = (value) => value,
): (row: unknown) => string {
  // Every second part is the name of a column.
  const [first = '', ...parts] = text.split(PLACEHOLDER)
  return (row) => {
    let filled = first
    for (let i = 0; i < parts.length; i += 2) filled += encode(asText(columnOf(row, parts[i] ?? ''))) + parts[i + 1]
    return filled
  }
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
  return filler(parsed)
}

function filler(template: unknown): Fill {
  if (typeof template === 'string') {
    const [, whole] = WHOLE.exec(template) ?? []
    return whole === undefined ? textTemplate(template) : (row) => columnOf(row, whole)
  }
  if (Array.isArray(template)) {
    const elements = template.map(filler)
    return (row) => elements.map((fill) => fill(row))
  }
  if (typeof template !== 'object' || template === null) return () => template
  const members = Object.entries(template).map(([name, value]) => [name, filler(value)] as const)
  return (row) => Object.fromEntries(members.map(([name, fill]) => [name, fill(row)]))
}

function columnOf(row: unknown, name: string): unknown {
  if (typeof row === 'object' && row !== null && Object.hasOwn(row, name)) return (row as Record<string, unknown>)[name]
  const names = typeof row === 'object' && row !== null ? Object.keys(row) : []
  const has = names.length === 0 ? 'has no columns' : `has ${names.slice(0, 20).join(', ')}`
  throw new RowError(`the template needs the column "${name}", and the row ${has}.`)
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
