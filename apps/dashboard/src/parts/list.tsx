import type { ComponentChildren } from 'preact'
import { Card } from './card.tsx'
import { Problem, Skeleton } from './notes.tsx'
import { Table, type TableProps } from './table.tsx'

export interface ListProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  /** The title of its area. Default: none, since the page has one. */
  title?: ComponentChildren
  /** Controls beside the title. */
  actions?: ComponentChildren
  /** Undefined: they have not arrived. */
  rows: readonly Row[] | undefined
  error: unknown
  /** What it says without a row: why there is none, and what to do about it. */
  empty: ComponentChildren
}

/** The rows of a list: lines in their place until the first answer, and what the list says without a row. */
export function List<Row>({ title, actions, rows, error, empty, ...table }: ListProps<Row>) {
  return (
    <>
      {error !== undefined && <Problem error={error} />}
      {(rows !== undefined || error === undefined) && (
        <Card title={title} actions={actions} isFlush>
          {rows === undefined ? (
            <div class="card-body">
              <Skeleton lines={6} />
            </div>
          ) : rows.length === 0 ? (
            empty
          ) : (
            <Table rows={rows} {...table} />
          )}
        </Card>
      )}
    </>
  )
}
