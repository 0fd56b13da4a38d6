import type { Batch } from '@sluice/client'
import { useRef, useState } from 'preact/hooks'
import type { Selection } from '../../parts/table.tsx'

/** Which batches of a list a person has selected. */
export interface SelectedBatches {
  /** The ids of the selected batches, also of those on other pages of the list. */
  ids: readonly string[]
  selection: Selection<Batch>
  clear: () => void
}

/**
 * Keeps the selection while a person goes through the pages of a list.
 *
 * @param listKey identifies the list. Another list begins without a selection.
 */
export function useSelectedBatches(rows: readonly Batch[], listKey: string): SelectedBatches {
  const held = useRef({ listKey, ids: new Set<string>() })
  const [, redraw] = useState(0)
  if (held.current.listKey !== listKey) held.current = { listKey, ids: new Set() }
  const { ids } = held.current

  const change = (by: () => void) => {
    by()
    redraw((times) => times + 1)
  }
  const set = ({ id }: Batch, isSelected: boolean) => (isSelected ? ids.add(id) : ids.delete(id))
  return {
    ids: [...ids],
    clear: () => change(() => ids.clear()),
    selection: {
      has: ({ id }) => ids.has(id),
      toggle: (batch) => change(() => set(batch, !ids.has(batch.id))),
      setAll: (isSelected) => change(() => rows.forEach((batch) => set(batch, isSelected))),
      labelOf: ({ code }) => `Select ${code}`,
    },
  }
}
