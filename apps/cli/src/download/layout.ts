import type { Sluice, TaskResult, TaskState } from '@sluice/client'
import { UsageError } from '../exit-codes.ts'
import { readRows } from '../input/read-rows.ts'
import { requireUsable } from '../input/tasks.ts'
import { csvRow } from '../output/csv.ts'
import type { Part } from './part.ts'

/** The formats of results. */
export const RESULT_FORMATS = ['ndjson', 'csv'] as const

export type ResultFormat = (typeof RESULT_FORMATS)[number]

/** The results that are downloaded. */
export interface ResultSource {
  batches: Pick<Sluice['batches'], 'download' | 'results'>
  batch: string
  /** Default: tasks in any state. */
  state?: TaskState | readonly TaskState[] | undefined
  signal?: AbortSignal | undefined
}

/** How results become lines of a file. */
export interface Layout {
  /** What tells it from other layouts: only a part of the same layout is continued. */
  id: string
  format: ResultFormat
  /** Whole lines of results, in order of seq, from `fromSeq` on. The first one has the names of the columns, if it has any. */
  read: (source: ResultSource, fromSeq: number, hasHeader: boolean) => AsyncIterable<string | Uint8Array>
  /** The seq with which a part that ends with complete lines goes on. */
  nextSeq: (part: Part) => number
}

/** The lines of the API, whose numbers keep their digits. */
const ndjson: Layout = {
  id: 'ndjson',
  format: 'ndjson',
  read: ({ batches, batch, state, signal }, fromSeq) => batches.download(batch, { state, fromSeq, signal }),
  nextSeq: ({ lastLine }) => (lastLine === '' ? 0 : (JSON.parse(lastLine) as TaskResult).seq + 1),
}

const csv: Layout = {
  id: 'csv',
  format: 'csv',
  async *read({ batches, batch, state, signal }, fromSeq, header) {
    for await (const rows of batches.download(batch, { format: 'csv', header, state, fromSeq, signal }))
      yield withoutReturns(rows)
  },
  nextSeq: ({ lines, lastLine }) => (lines < 2 ? 0 : Number.parseInt(lastLine, 10) + 1),
}

const [QUOTE, RETURN, NEWLINE] = [0x22, 0x0d, 0x0a]

/** Rows that end in a line feed alone, as other programs of a shell expect them. The API ends rows as RFC 4180 does. */
function withoutReturns(rows: Uint8Array): Uint8Array {
  let [isQuoted, length] = [false, 0]
  for (let i = 0; i < rows.length; i += 1) {
    const byte = rows[i] ?? 0
    if (byte === QUOTE) isQuoted = !isQuoted
    if (byte === RETURN && !isQuoted && rows[i + 1] === NEWLINE) continue
    rows[length] = byte
    length += 1
  }
  return rows.subarray(0, length)
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

/** Results as lines of a format, one at a time, as they come. */
export async function* linesOf(results: AsyncIterable<TaskResult>, format: ResultFormat): AsyncGenerator<string> {
  if (format === 'csv') yield csvRow(CSV_FIELDS)
  for await (const result of results) yield format === 'csv' ? csvRow(fieldsOf(result)) : `${JSON.stringify(result)}\n`
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

/** The columns of a joined file that are not those of the results. */
export interface Join {
  /** The CSV file whose rows were submitted. */
  file: string
  /** Columns that are read from the results. Empty: all of `result` is one column. */
  columns: readonly ResultColumn[]
}

/**
 * The rows of the CSV file whose tasks have run, with columns added: `state`, those that are read from the results, or all
 * of `result` without any, and `error`. The row and the result of a task have the same position.
 */
export function joinedLayout(join: Join): Layout {
  const { file, columns } = join
  return {
    id: JSON.stringify([file, columns]),
    format: 'csv',
    async *read({ batches, batch, state, signal }, fromSeq, hasHeader) {
      if (hasHeader) yield csvRow(await joinedNames(join))
      const rows = readRows(file, 'csv')
      for (let seq = 0; seq < fromSeq; seq += 1) await rows.next()
      let lines = ''
      for await (const result of batches.results(batch, { state, fromSeq, signal })) {
        const { value: row, done } = await rows.next()
        if (done)
          throw new UsageError(`${file} has fewer rows than the batch has tasks, so it is not the file of the batch.`)
        requireUsable(row, file)
        lines += csvRow([...Object.values(row.value as object), ...addedValues(result, columns)])
        if (lines.length < LINES_LENGTH) continue
        yield lines
        lines = ''
      }
      yield lines
    },
    nextSeq: ({ lines }) => Math.max(0, lines - 1),
  }
}

/** Characters written at once. */
const LINES_LENGTH = 65_536

/** The columns of a joined file. Throws a `UsageError` if the file has one that is to be added. */
export async function joinedNames({ file, columns }: Join): Promise<string[]> {
  const added = ['state', ...(columns.length === 0 ? ['result'] : columns.map(({ name }) => name)), 'error']
  const names = await namesOf(file)
  const twice = added.find((name) => names.includes(name))
  if (twice === undefined) return [...names, ...added]
  throw new UsageError(`${file} has a column "${twice}" already. Rename it, or name that of the result otherwise.`)
}

async function namesOf(file: string): Promise<readonly string[]> {
  let names: readonly string[] = []
  const onColumns = (found: readonly string[]) => void (names = found)
  for await (const _ of readRows(file, 'csv', { onColumns })) break
  return names
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
