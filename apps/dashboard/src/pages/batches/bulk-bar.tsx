import type { BulkFilter } from '@sluice/client'
import { useState } from 'preact/hooks'
import { may } from '../../data/session.ts'
import { count, countOf } from '../../format/numbers.ts'
import { query, setQuery } from '../../routing/location.ts'
import { BULK_VERBS, type BulkVerb } from './bulk-actions.ts'
import { BulkDialog } from './bulk-dialog.tsx'
import { BulkProgress } from './bulk-progress.tsx'
import type { SelectedBatches } from './selected-batches.ts'

/** What an operation is to act on: the selection, or all that the filter lets through. */
interface Asked {
  verb: BulkVerb
  filter: BulkFilter
}

/** A bar at the lower edge of the window: what can be done with the selected batches, and how an operation goes on. */
export function BulkBar({
  selected,
  filter,
  onDone,
}: {
  selected: SelectedBatches
  /** What the list is narrowed by. Undefined: it has all batches, on which no operation may act. */
  filter: BulkFilter | undefined
  onDone: () => void
}) {
  const [isWhole, setWhole] = useState(false)
  const [asked, setAsked] = useState<Asked>()
  const running = query.value.get('bulk')
  const isSelecting = selected.ids.length > 0
  if (!isSelecting && running === null) return null
  const target: BulkFilter | undefined = isWhole && filter !== undefined ? filter : { ids: [...selected.ids] }
  const leave = () => {
    setWhole(false)
    selected.clear()
  }
  return (
    <div class="dock" role="region" aria-label="Selected batches">
      {running !== null && <BulkProgress id={running} onDone={onDone} />}
      {isSelecting && (
        <div class="dock-row">
          <strong>{isWhole && filter ? 'All that match the filter' : `${count(selected.ids.length)} selected`}</strong>
          {filter !== undefined && (
            <button type="button" class="button" data-kind="quiet" onClick={() => setWhole(!isWhole)}>
              {isWhole
                ? `Only the ${countOf(selected.ids.length, 'selected batch', 'selected batches')}`
                : 'All that match the filter'}
            </button>
          )}
          <div class="row dock-actions">
            {BULK_VERBS.filter(({ permission }) => may(permission)).map((verb) => (
              <button key={verb.action} type="button" class="button" onClick={() => setAsked({ verb, filter: target })}>
                {verb.verb}
              </button>
            ))}
            <button type="button" class="button" data-kind="quiet" onClick={leave}>
              Clear
            </button>
          </div>
        </div>
      )}
      {asked && (
        <BulkDialog
          {...asked}
          onClose={() => setAsked(undefined)}
          onStarted={({ id }) => {
            leave()
            setQuery({ bulk: id ?? undefined })
          }}
        />
      )}
    </div>
  )
}
