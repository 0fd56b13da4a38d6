import type { BulkFilter, BulkOperation } from '@sluice/client'
import { useMemo } from 'preact/hooks'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { ActionDialog, Dialog } from '../../parts/dialog.tsx'
import { Problem, Skeleton } from '../../parts/notes.tsx'
import { bulkRequest, type BulkVerb } from './bulk-actions.ts'

/** Asks the API how much a bulk operation would touch, and then the person whether to start it. */
export function BulkDialog({
  verb,
  filter,
  onClose,
  onStarted,
}: {
  verb: BulkVerb
  filter: BulkFilter
  onClose: () => void
  onStarted: (operation: BulkOperation) => void
}) {
  const { data: preview, error } = useQuery(
    `dry run ${verb.action} ${JSON.stringify(filter)}`,
    (signal) => sluice.bulk.start({ action: verb.action, filter, dryRun: true }, { signal, maxRetries: 0 }),
    { everyMs: Number.POSITIVE_INFINITY },
  )
  const request = useMemo(
    () => preview && preview.total > 0 && bulkRequest(verb, filter, preview, onStarted),
    [preview],
  )
  if (request) return <ActionDialog request={request} onClose={onClose} />
  return (
    <Dialog title={verb.verb} onClose={onClose}>
      {error !== undefined && <Problem error={error} />}
      {preview?.total === 0 && <p>None of these batches is in a state in which it can do this.</p>}
      {preview === undefined && error === undefined && <Skeleton lines={3} />}
      <footer>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </footer>
    </Dialog>
  )
}
