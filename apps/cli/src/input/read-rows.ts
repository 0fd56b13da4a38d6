import { Readable } from 'node:stream'
import type { CsvError } from 'csv-parse'
import { UsageError } from '../exit-codes.ts'
import { readLines, readText } from './read-text.ts'

/** How an input is written. */
export const INPUT_FORMATS = ['csv', 'ndjson', 'json'] as const

export type InputFormat = (typeof INPUT_FORMATS)[number]

/** One row of an input. */
export interface Row {
  /** Where the row begins in its file, from 1. */
  line: number
  value: unknown
  /** The row as it was written, if it is a line of NDJSON. */
  text: string | undefined
}

/** The format that the name of a file stands for. Throws a `UsageError` if it says nothing. */
export function formatOf(file: string): InputFormat {
  const name = file.replace(/\.gz$/, '')
  if (name.endsWith('.csv')) return 'csv'
  if (/\.(ndjson|jsonl)$/.test(name)) return 'ndjson'
  if (name.endsWith('.json')) return 'json'
  throw new UsageError(`The format of ${file} is not clear from its name. Add --input-format csv, ndjson or json.`)
}

/** Reads the rows of an input, one at a time. Throws a `UsageError` that names the line of what cannot be read. */
export function readRows(file: string, format: InputFormat): AsyncGenerator<Row> {
  if (format === 'csv') return readCsv(file)
  return format === 'ndjson' ? readNdjson(file) : readJson(file)
}

async function* readCsv(file: string): AsyncGenerator<Row> {
  const { CsvError: ReadError, parse } = await import('csv-parse')
  const parser = parse({ bom: true, columns: true, info: true, skipEmptyLines: true })
  const source = Readable.from(readText(file))
  source.on('error', (error) => parser.destroy(error))
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<CsvRecord>) {
      yield { line: info.lines, value: record, text: undefined }
    }
  } catch (error) {
    throw error instanceof ReadError ? new UsageError(`${file}:${lineOf(error)}: ${sentence(error)}`) : error
  }
}

interface CsvRecord {
  record: Record<string, string>
  info: { lines: number }
}

function lineOf(error: CsvError): string {
  return String((error as unknown as { lines?: number }).lines ?? '?')
}

function sentence({ code, message }: CsvError): string {
  if (code !== 'CSV_RECORD_INCONSISTENT_COLUMNS') return message
  const [, expected, got] = /length is (\d+), got (\d+)/.exec(message) ?? []
  return `the row has ${got} fields, and the first line names ${expected} columns.`
}

async function* readNdjson(file: string): AsyncGenerator<Row> {
  let line = 0
  for await (const text of readLines(file)) {
    line += 1
    if (text.trim() !== '') yield { line, value: parseLine(file, line, text), text }
  }
}

function parseLine(file: string, line: number, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file}:${line}: the line is not JSON (${(error as Error).message}).`)
  }
}

/** An array is read as a whole: it has no lines to read it by. */
async function* readJson(file: string): AsyncGenerator<Row> {
  let text = ''
  for await (const part of readText(file)) text += part
  const rows = parseArray(file, text)
  for (const [i, value] of rows.entries()) yield { line: i + 1, value, text: undefined }
}

function parseArray(file: string, text: string): unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file} is not JSON (${(error as Error).message}).`)
  }
  if (Array.isArray(value)) return value
  throw new UsageError(`${file} must be a JSON array of rows. For one object per line, use --input-format ndjson.`)
}
