import { stripVTControlCharacters } from 'node:util'
import { characters, oneLine } from './words.ts'

/** A column of a table. */
export interface Column<Row> {
  title: string
  value: (row: Row) => string | number
  /** Numbers are aligned to the right. */
  isNumber?: boolean
  /** The last column, of long texts: on a terminal, they are cut to what is left of the line. */
  isLong?: boolean
}

/** A long text is never cut to less. */
const LEAST_LONG = 20

/**
 * Rows in aligned columns below their titles.
 *
 * @param width Columns of the terminal. Default: those of stdout; undefined if it is none, and nothing is cut.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number | undefined = process.stdout.isTTY ? process.stdout.columns : undefined,
): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => String(value(row)))),
  ]
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => widthOf(row[i] ?? ''))))
  if (width !== undefined && columns.at(-1)?.isLong) {
    const others = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0)
    const room = Math.max(LEAST_LONG, width - others)
    for (const row of cells) row.push(oneLine(row.pop() ?? '', room))
  }
  return cells
    .map((row) =>
      row
        .map((cell, i) => pad(cell, widths[i] ?? 0, columns[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function pad<Row>(cell: string, width: number, column: Column<Row> | undefined): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  return column?.isNumber ? space + cell : cell + space
}

function widthOf(text: string): number {
  return characters(stripVTControlCharacters(text)).length
}
