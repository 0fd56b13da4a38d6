import { stripVTControlCharacters } from 'node:util'
import { characters, oneLine, terminalWidth } from './words.ts'

/** A column of a table. */
export interface Column<Row> {
  title: string
  value: (row: Row) => string | number
  /** Numbers are aligned to the right. */
  isNumber?: boolean
  /** The last column, of long texts: on a terminal, they are cut to what is left of the line. */
  isLong?: boolean
  /** Left out where a terminal is too narrow. */
  isOptional?: boolean
}

/** A long text is never cut to less. */
const LEAST_LONG = 20

/**
 * Rows in aligned columns below their titles. A terminal that is too narrow gets less: first, optional columns are left out,
 * from the last one on; then each row has a line for each column.
 *
 * @param width Columns of the terminal. Default: those of stdout; undefined if it is none, and nothing is cut.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number | undefined = terminalWidth(),
): string {
  const [titles, ...cells] = cellsOf(rows, columns)
  const widths = columns.map((_, i) => Math.max(...[titles, ...cells].map((row) => widthOf(row?.[i] ?? ''))))
  const hasLong = columns.at(-1)?.isLong ?? false
  const others = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0)
  const least = others + Math.min(widths.at(-1) ?? 0, hasLong ? LEAST_LONG : Infinity)
  if (width !== undefined && least > width) {
    const optional = columns.findLastIndex(({ isOptional }) => isOptional)
    return optional === -1
      ? renderRecords(cells, columns, width)
      : renderTable(rows, columns.toSpliced(optional, 1), width)
  }
  const lines = [titles ?? [], ...cells]
  if (width !== undefined && hasLong) for (const row of lines) row.push(oneLine(row.pop() ?? '', width - others))
  return lines.map((row) => lineOf(row.map((cell, i) => pad(cell, widths[i] ?? 0, columns[i])))).join('\n')
}

function cellsOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[][] {
  return [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ value }) => String(value(row))))]
}

/** Each row as lines of a title and a value. */
function renderRecords<Row>(cells: readonly string[][], columns: readonly Column<Row>[], width: number): string {
  const indent = Math.max(...columns.map(({ title }) => title.length)) + 2
  const room = Math.max(LEAST_LONG, width - indent)
  const records = cells.map((row) =>
    row.map((cell, i) => {
      const { title = '', isLong = false } = columns[i] ?? {}
      return title.padEnd(indent) + (isLong ? oneLine(cell, room) : cell)
    }),
  )
  return records.map((lines) => lines.join('\n')).join('\n\n')
}

function lineOf(cells: readonly string[]): string {
  return cells.join('  ').trimEnd()
}

function pad<Row>(cell: string, width: number, column: Column<Row> | undefined): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(cell)))
  return column?.isNumber ? space + cell : cell + space
}

function widthOf(text: string): number {
  return characters(stripVTControlCharacters(text)).length
}
