import { once } from 'node:events'
import type { Format } from './formats.ts'
import { csvRow } from './csv.ts'

/** How objects are printed as text, and their fields as CSV. */
export interface Printer<Row> {
  text: (rows: readonly Row[]) => string
  /** Members of a row that CSV has as columns. */
  fields: readonly (keyof Row & string)[]
}

/** Prints one object. */
export async function printOne<Row extends object>(format: Format, row: Row, printer: Printer<Row>): Promise<void> {
  if (format === 'json') return await write(`${JSON.stringify(row, undefined, 2)}\n`)
  await printRows(format, [row], printer)
}

/** Prints rows, as they come. JSON is an array. */
export async function printRows<Row extends object>(
  format: Format,
  rows: Iterable<Row> | AsyncIterable<Row>,
  { text, fields }: Printer<Row>,
): Promise<void> {
  if (format === 'text' || format === 'json') {
    const all: Row[] = []
    for await (const row of rows) all.push(row)
    return await write(`${format === 'text' ? text(all) : JSON.stringify(all, undefined, 2)}\n`)
  }
  if (format === 'csv') await write(csvRow(fields))
  for await (const row of rows) {
    if (format === 'ndjson') await write(`${JSON.stringify(row)}\n`)
    if (format === 'csv') await write(csvRow(fields.map((field) => row[field])))
  }
}

/** Writes to stdout, as fast as it is read. */
export async function write(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}
