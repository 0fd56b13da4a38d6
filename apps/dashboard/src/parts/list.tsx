import type { ComponentChildren } from 'preact'
import { Card } from './card.tsx'
import { Problem, Skeleton } from './notes.tsx'
import { Table, type TableProps } from './table.tsx'

/**
 * The rows of a list page: lines in their place until the first answer, and what the list says without a row.
 *
 * @param empty what it says without a row: why there is none, and what to do about it.
 */
export function List<Row>({
  rows,
  error,
  empty,
  ...table
}: Omit<TableProps<Row>, 'rows'> & {
  /** Undefined: they have not arrived. */
  rows: readonly Row[] | undefined
  error: unknown
  empty: ComponentChildren
}) {
  return (
    <>
      {error !== undefined && <Problem error={error} />}
      {(rows !== undefined || error === undefined) && (
        <Card isFlush>
          <Content rows={rows} empty={empty} {...table} />
        </Card>
      )}
    </>
  )
}

function Content<Row>({
  rows,
  empty,
  ...table
}: Omit<TableProps<Row>, 'rows'> & { rows: readonly Row[] | undefined; empty: ComponentChildren }) {
  if (rows === undefined) {
    return (
      <div class="card-body">
        <Skeleton lines={6} />
      </div>
    )
  }
  return rows.length === 0 ? <>{empty}</> : <Table rows={rows} {...table} />
}
