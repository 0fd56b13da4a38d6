import { Readable } from 'node:stream'
import type { CsvError } from 'csv-parse'
import { UsageError } from '../exit-codes.ts'
import { findJsonFlaw } from './json-flaw.ts'
import { type LineBlock, readBlocks, readText } from './read-blocks.ts'

/** How an input is written. */
export const INPUT_FORMATS = ['csv', 'ndjson', 'json'] as const

export type InputFormat = (typeof INPUT_FORMATS)[number]

/** One row of an input. */
export interface Row {
  /** Where the row is in its file, such as `17` for its line, or `17:3` with the column of a flaw. */
  place: string
  value: unknown
  /** The row as it was written: a line of NDJSON, and a record of CSV if that is asked for. */
  text: string | undefined
  /** Why the row cannot be used: a sentence. Undefined: it can. */
  problem?: string | undefined
}

/** The format that the name of a file stands for. Throws a `UsageError` if it says nothing. */
export function formatOf(file: string): InputFormat {
  const name = file.replace(/\.gz$/, '')
  if (name.endsWith('.csv')) return 'csv'
  if (/\.(ndjson|jsonl)$/.test(name)) return 'ndjson'
  if (name.endsWith('.json')) return 'json'
  throw new UsageError(`The format of ${file} is not clear from its name. Add --input-format csv, ndjson or json.`)
}

/** How to read rows. */
export interface ReadOptions {
  /** Whether records of CSV have their text. Default false. */
  keepsText?: boolean
  /** Receives the columns that the first line of CSV names. */
  onColumns?: (names: readonly string[]) => void
}

/**
 * Reads the rows of an input, one at a time. A row that cannot be used has a problem. Throws a `UsageError` where it cannot
 * tell where the next row begins.
 */
export function readRows(file: string, format: InputFormat, options: ReadOptions = {}): AsyncGenerator<Row> {
  if (format === 'csv') return readCsv(file, options)
  return format === 'ndjson' ? readNdjson(file) : readJson(file)
}

async function* readCsv(file: string, { keepsText: raw = false, onColumns }: ReadOptions): AsyncGenerator<Row> {
  const { CsvError: ReadError, parse } = await import('csv-parse')
  const columns = (names: string[]) => {
    onColumns?.(names)
    return names
  }
  const parser = parse({ columns, info: true, skipEmptyLines: true, relaxColumnCount: true, raw })
  const source = Readable.from(readText(file))
  source.on('error', (error) => parser.destroy(error))
  try {
    for await (const { record, info, raw: text } of source.pipe(parser) as AsyncIterable<CsvRecord>) {
      const row = { place: String(info.lines), value: record, text }
      yield info.error === undefined ? row : { ...row, problem: sentence(info.error) }
    }
  } catch (error) {
    throw error instanceof ReadError ? new UsageError(`${file}:${lineOf(error)}: ${sentence(error)}`) : error
  }
}

interface CsvRecord {
  record: Record<string, string>
  info: { lines: number; error?: CsvError }
  raw?: string
}

function lineOf(error: CsvError): string {
  return String((error as unknown as { lines?: number }).lines ?? '?')
}

function sentence(error: CsvError): string {
  const { code, message, column } = error as CsvError & { column?: unknown }
  const where = typeof column === 'string' ? `the column "${column}" cannot be read: ` : ''
  if (code !== 'CSV_RECORD_INCONSISTENT_COLUMNS') return `${where}${message}.`
  const [, expected, got] = /length is (\d+), got (\d+)/.exec(message) ?? []
  return `the row has ${got} fields, and the first line names ${expected} columns.`
}

async function* readNdjson(file: string): AsyncGenerator<Row> {
  for await (const block of readBlocks(file)) yield* ndjsonRows(block)
}

const [NEWLINE, RETURN] = [0x0a, 0x0d]

/** The rows of whole lines of NDJSON. Each line becomes a string of its own, which is garbage soon: a block would not be. */
export function* ndjsonRows({ bytes, line }: LineBlock): Generator<Row> {
  let number = line
  for (let start = 0, end = bytes.indexOf(NEWLINE); end !== -1; start = end + 1, end = bytes.indexOf(NEWLINE, start)) {
    const row = bytes.toString('utf8', start, bytes[end - 1] === RETURN ? Math.max(start, end - 1) : end)
    if (row.trim() !== '') yield ndjsonRow(row, number)
    number += 1
  }
}

function ndjsonRow(text: string, line: number): Row {
  try {
    return { place: String(line), value: JSON.parse(text) as unknown, text }
  } catch {
    const { at, message } = findJsonFlaw(text) ?? { at: 0, message: '' }
    return { place: `${line}:${at + 1}`, value: undefined, text, problem: `the line is not JSON (${message}).` }
  }
}

/** An array is read as a whole: it has no lines to read it by. */
async function* readJson(file: string): AsyncGenerator<Row> {
  let text = ''
  for await (const part of readText(file, Infinity)) text += part
  const rows = parseArray(file, text)
  for (const [i, value] of rows.entries()) yield { place: `element ${i + 1}`, value, text: undefined }
}

function parseArray(file: string, text: string): unknown[] {
  const flaw = findJsonFlaw(text)
  if (flaw !== undefined) {
    const before = text.slice(0, flaw.at).split('\n')
    throw new UsageError(`${file}:${before.length}:${(before.at(-1) ?? '').length + 1}: not JSON (${flaw.message}).`)
  }
  const value: unknown = JSON.parse(text)
  if (Array.isArray(value)) return value
  throw new UsageError(`${file} must be a JSON array of rows. For one object per line, use --input-format ndjson.`)
}
