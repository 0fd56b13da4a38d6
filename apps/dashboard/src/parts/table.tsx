import type { ComponentChildren } from 'preact'

/** A column of a table. */
export interface Column<Row> {
  title: string
  value: (row: Row) => ComponentChildren
  isNumber?: boolean
  /** Whether it takes the room that the others leave, and cuts what does not fit. */
  isWide?: boolean
  /** Whether narrow screens leave it out. */
  isMinor?: boolean
}

/** Which rows are selected. */
export interface Selection<Row> {
  has: (row: Row) => boolean
  toggle: (row: Row) => void
  /** Selects all rows of the table, or none. */
  setAll: (isSelected: boolean) => void
  labelOf: (row: Row) => string
}

/** A table: its rows, and what they look like. */
export interface TableProps<Row> {
  label: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  idOf: (row: Row) => string
  /** The page of a row. The first column carries the link, and the whole row can be clicked. */
  linkOf?: (row: Row) => string
  isGone?: (row: Row) => boolean
  selection?: Selection<Row> | undefined
}

/** Rows with the same columns. `j` and `k` go through them, Enter opens one, and `x` selects one. */
export function Table<Row>({ label, rows, columns, idOf, linkOf, isGone, selection }: TableProps<Row>) {
  return (
    <div class="table-scroll" tabIndex={-1}>
      <table class="table" aria-label={label}>
        <thead>
          <tr>
            {selection && (
              <th class="select-cell">
                <input
                  type="checkbox"
                  aria-label="Select all rows"
                  checked={rows.every(selection.has)}
                  onChange={({ currentTarget }) => selection.setAll(currentTarget.checked)}
                />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={idOf(row)} data-gone={isGone?.(row) ?? false}>
              {selection && (
                <td class="select-cell">
                  <input
                    type="checkbox"
                    aria-label={selection.labelOf(row)}
                    checked={selection.has(row)}
                    onChange={() => selection.toggle(row)}
                  />
                </td>
              )}
              {columns.map((column, index) => (
                <td key={column.title} class={classOf(column)} data-title={column.title.toLowerCase()}>
                  <div class={column.isWide ? 'clip' : undefined}>
                    {index === 0 && linkOf ? (
                      <a class="row-link" href={linkOf(row)} data-row>
                        {column.value(row)}
                      </a>
                    ) : (
                      column.value(row)
                    )}
                  </div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function classOf<Row>({ isNumber, isWide, isMinor }: Column<Row>): string | undefined {
  const classes = [isNumber && 'number', isWide && 'wide', isMinor && 'minor'].filter(Boolean)
  return classes.length === 0 ? undefined : classes.join(' ')
}
