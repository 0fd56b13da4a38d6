import { useRef, useState } from 'preact/hooks'

/** Rows that stay where they are while their content changes. */
export interface HeldRows<Row> {
  rows: Row[]
  /** How many rows wait to be shown. */
  newRows: number
  /** Whether a row is no longer part of the answer. It stays, so that no other row moves under the pointer. */
  isGone: (row: Row) => boolean
  /** Shows the answer as it is. */
  show: () => void
}

/**
 * Keeps the rows of a list in place while the list is read again and again.
 *
 * @param key identifies the list: another filter or page is shown at once.
 */
export function useHeldRows<Row>(key: string, fresh: readonly Row[], idOf: (row: Row) => string): HeldRows<Row> {
  const held = useRef<{ key: string; rows: Row[] }>({ key, rows: [] })
  const [, redraw] = useState(0)
  if (held.current.key !== key || held.current.rows.length === 0) held.current = { key, rows: [...fresh] }

  const freshById = new Map(fresh.map((row) => [idOf(row), row]))
  held.current.rows = held.current.rows.map((row) => freshById.get(idOf(row)) ?? row)
  const heldIds = new Set(held.current.rows.map(idOf))
  return {
    rows: held.current.rows,
    newRows: fresh.filter((row) => !heldIds.has(idOf(row))).length,
    isGone: (row) => !freshById.has(idOf(row)),
    show: () => {
      held.current = { key, rows: [...fresh] }
      redraw((count) => count + 1)
    },
  }
}
