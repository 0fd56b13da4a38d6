import { count } from '../output/words.ts'
import type { Row } from './read-rows.ts'
import { RowError } from './row-error.ts'

/** Throws a `RowError` for a task that is larger than the API accepts. Without a maximum, any task may pass. */
export function requireSize(task: string, { value, text }: Row, maxBytes = Infinity): void {
  // A UTF-16 unit takes at most three bytes, so most tasks need no counting.
  if (task.length * 3 <= maxBytes) return
  const bytes = Buffer.byteLength(task)
  if (bytes <= maxBytes) return
  const longest = task === text ? undefined : longestColumn(value)
  throw new RowError(`the task has ${count(bytes)} bytes, and the API accepts ${count(maxBytes)}.${longest ?? ''}`)
}

function longestColumn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const sizes = Object.entries(value).map(([name, one]) => ({ name, bytes: sizeOf(one) }))
  const [longest] = sizes.toSorted((a, b) => b.bytes - a.bytes)
  return longest && ` The longest column, "${longest.name}", has ${count(longest.bytes)}.`
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))
}
