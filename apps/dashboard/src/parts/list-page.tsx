import type { ComponentChildren } from 'preact'
import { query, setQuery, withQuery } from '../routing/location.ts'
import { List, type ListProps } from './list.tsx'
import { PageHead, useTitle } from './page-head.tsx'
import { Pager } from './pager.tsx'

/** What a list page has of its own. */
interface ListPageProps<Row> extends Omit<ListProps<Row>, 'label' | 'rows'> {
  title: string
  /** Controls beside the title. */
  actions?: ComponentChildren
  /** Controls that narrow the list. */
  filters?: ComponentChildren
  /** What stands above the rows. */
  note?: ComponentChildren
  /** A page of the list. Undefined: it has not arrived. */
  data: { rows: readonly Row[]; nextCursor?: string | null } | undefined
  /** Opens a row at the side of the page. The query of the page has the id of the row under this name. */
  drawer?: { name: string; show: (row: Row, close: () => void) => ComponentChildren }
  /** What stands below the list. */
  children?: ComponentChildren
}

/** A page of the rows of a list. */
export function ListPage<Row>({ title, actions, filters, note, data, drawer, children, ...list }: ListPageProps<Row>) {
  useTitle(title)
  const { idOf } = list
  const opened = drawer && data?.rows.find((row) => idOf(row) === query.value.get(drawer.name))
  return (
    <>
      <PageHead title={title} actions={actions} />
      {filters && (
        <div class="filters" role="search">
          {filters}
        </div>
      )}
      {note}
      <List
        label={title}
        rows={data?.rows}
        {...(drawer && { linkOf: (row: Row) => withQuery({ [drawer.name]: idOf(row) }) })}
        {...list}
      />
      <Pager nextCursor={data?.nextCursor ?? null} />
      {children}
      {opened && drawer.show(opened, () => setQuery({ [drawer.name]: undefined }))}
    </>
  )
}
