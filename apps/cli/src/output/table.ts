import { stripVTControlCharacters } from 'node:util'
import { characters } from './words.ts'

/** A column of a table. */
export interface Column<Row> {
  title: string
  value: (row: Row) => string | number
  /** Numbers are aligned to the right. */
  isNumber?: boolean
}

/** Rows in aligned columns below their titles. */
export function renderTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => String(value(row)))),
  ]
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => widthOf(row[i] ?? ''))))
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
