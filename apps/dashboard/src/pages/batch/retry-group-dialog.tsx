import { ApiError, type Batch, type ErrorGroup } from '@sluice/client'
import { useMemo } from 'preact/hooks'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { countOf } from '../../format/numbers.ts'
import { ActionDialog, Dialog } from '../../parts/dialog.tsx'
import { Problem, Skeleton } from '../../parts/notes.tsx'
import { say } from '../../parts/toasts.tsx'
import { retryOfGroup } from './batch-actions.ts'

/** Counts the failed tasks of a group of errors, and then asks whether to run them again. */
export function RetryGroupDialog({
  batch,
  group: { failureClass, status, message },
  onClose,
  onDone,
}: {
  batch: Batch
  group: ErrorGroup
  onClose: () => void
  onDone: () => void
}) {
  const group = { failureClass, status, message }
  const { data: preview, error } = useQuery(
    `retries of ${batch.id} ${JSON.stringify(group)}`,
    (signal) => sluice.batches.retry(batch.id, { group, dryRun: true }, { signal, maxRetries: 0 }),
    { everyMs: Number.POSITIVE_INFINITY },
  )
  const request = useMemo(() => {
    if (preview === undefined) return undefined
    const { run, ...words } = retryOfGroup(batch, group, preview.retried)
    return {
      ...words,
      run: async (reason: string | undefined) => {
        const { retried } = (await run(reason)) as { retried: number }
        say(`${countOf(retried, 'task')} will run again.`)
        onDone()
      },
    }
  }, [preview])

  if (request !== undefined) return <ActionDialog request={request} onClose={onClose} />
  const isEmpty = error instanceof ApiError && error.code === 'SLUICE_NOTHING_TO_RETRY'
  return (
    <Dialog title="Retry the tasks with this error" onClose={onClose}>
      {isEmpty && <p>No task has this error any more. The attempts that failed with it were retried.</p>}
      {error !== undefined && !isEmpty && <Problem error={error} />}
      {error === undefined && <Skeleton lines={3} />}
      <footer>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </footer>
    </Dialog>
  )
}
