import type { TaskResult } from '@sluice/client'
import { UsageError } from '../exit-codes.ts'
import { readRows } from '../input/read-rows.ts'
import { csvRow } from '../output/csv.ts'
import type { Part } from './part.ts'

/** The formats of results. */
export const RESULT_FORMATS = ['ndjson', 'csv'] as const

export type ResultFormat = (typeof RESULT_FORMATS)[number]

/** How results become lines of a file. */
export interface Layout {
  /** What tells it from other layouts: only a part of the same layout is continued. */
  id: string
  format: ResultFormat
  /** The first line, or nothing. */
  header: () => Promise<string>
  /** The lines of results, in order of seq, from `fromSeq` on. */
  lines: (results: AsyncIterable<TaskResult>, fromSeq: number) => AsyncGenerator<string>
  /** The seq with which a part that ends with complete lines goes on. */
  nextSeq: (part: Part) => number
}

/** The columns of results as CSV, as the API has them. */
const CSV_FIELDS = [
  'seq',
  'key',
  'state',
  'attempts',
  'finishedAt',
  'durationMs',
  'result',
  'error.failureClass',
  'error.status',
  'error.message',
]

const ndjson: Layout = {
  id: 'ndjson',
  format: 'ndjson',
  header: async () => '',
  async *lines(results) {
    for await (const result of results) yield `${JSON.stringify(result)}\n`
  },
  nextSeq: ({ lastLine }) => (lastLine === '' ? 0 : (JSON.parse(lastLine) as TaskResult).seq + 1),
}

const csv: Layout = {
  id: 'csv',
  format: 'csv',
  header: async () => csvRow(CSV_FIELDS),
  async *lines(results) {
    for await (const result of results) yield csvRow(fieldsOf(result))
  },
  nextSeq: ({ lines, lastLine }) => (lines < 2 ? 0 : Number.parseInt(lastLine, 10) + 1),
}

function fieldsOf({ seq, key, state, attempts, finishedAt, durationMs, result, error }: TaskResult): unknown[] {
  const text = result === null ? null : JSON.stringify(result)
  const failure =
    error === null ? [null, null, null] : [error.failureClass, error.status, withoutFormula(error.message)]
  return [seq, key, state, attempts, finishedAt, durationMs, text, ...failure]
}

/** As the API does: an upstream writes the message, and a spreadsheet would run it. */
function withoutFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

/** The layout of a format. */
export function layoutOf(format: ResultFormat): Layout {
  return format === 'csv' ? csv : ndjson
}

/** A column that is read from results. */
export interface ResultColumn {
  name: string
  /** Members of the result, such as `body`, `choices`, `0`. */
  path: readonly string[]
}

/**
 * Reads `name=body.choices.0.text`.
 *
 * @throws {UsageError} without a name or a path.
 */
export function readColumn(text: string): ResultColumn {
  const [, name, path] = /^([^=]+)=([^=]+)$/.exec(text) ?? []
  if (name !== undefined && path !== undefined) return { name, path: path.split('.') }
  throw new UsageError(`--column must be name=path, such as company=body.company.name; it is "${text}".`)
}

/**
 * The rows of the CSV file whose tasks have run, with columns added: `state`, those that are read from the results, or all
 * of `result` without any, and `error`. The row and the result of a task have the same position.
 */
export function joinedLayout(file: string, columns: readonly ResultColumn[]): Layout {
  const added = ['state', ...(columns.length === 0 ? ['result'] : columns.map(({ name }) => name)), 'error']
  return {
    id: JSON.stringify([file, columns]),
    format: 'csv',
    header: async () => {
      const names = await namesOf(file)
      const twice = added.find((name) => names.includes(name))
      if (twice === undefined) return csvRow([...names, ...added])
      throw new UsageError(`${file} has a column "${twice}" already. Rename it, or name that of the result otherwise.`)
    },
    async *lines(results, fromSeq) {
      const rows = readRows(file, 'csv')
      for (let seq = 0; seq < fromSeq; seq += 1) await rows.next()
      for await (const result of results) {
        const { value: row, done } = await rows.next()
        if (done)
          throw new UsageError(`${file} has fewer rows than the batch has tasks, so it is not the file of the batch.`)
        yield csvRow([...Object.values(row.value as object), ...addedValues(result, columns)])
      }
    },
    nextSeq: ({ lines }) => Math.max(0, lines - 1),
  }
}

async function namesOf(file: string): Promise<string[]> {
  for await (const { value } of readRows(file, 'csv')) return Object.keys(value as object)
  return []
}

function addedValues({ state, result, error }: TaskResult, columns: readonly ResultColumn[]): unknown[] {
  const read = columns.length === 0 ? [result] : columns.map(({ path }) => memberOf(result, path))
  return [state, ...read, error === null ? null : `${error.failureClass}: ${error.message}`]
}

function memberOf(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : undefined,
    value,
  )
}
