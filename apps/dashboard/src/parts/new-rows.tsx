import type { HeldRows } from '../data/use-held-rows.ts'
import { count } from '../format/numbers.ts'

/** The button that shows the rows that wait, since no row may move under the pointer. */
export function NewRows<Row>({ held: { newRows, show } }: { held: HeldRows<Row> }) {
  if (newRows === 0) return null
  return (
    <button type="button" class="button" data-kind="primary" onClick={show}>
      {count(newRows)} new
    </button>
  )
}
