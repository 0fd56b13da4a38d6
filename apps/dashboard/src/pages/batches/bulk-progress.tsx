import type { BulkOperation } from '@sluice/client'
import { useEffect } from 'preact/hooks'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { count, countOf } from '../../format/numbers.ts'
import { Meter } from '../../parts/meter.tsx'
import { Problem } from '../../parts/notes.tsx'
import { say } from '../../parts/toasts.tsx'
import { setQuery } from '../../routing/location.ts'
import { BULK_VERBS, doingText } from './bulk-actions.ts'

const RUNNING_MS = 1000

/** How a bulk operation goes on, the batches that it skipped, and the button that aborts it. The address names it. */
export function BulkProgress({ id, onDone }: { id: string; onDone: () => void }) {
  const { data, error, refresh } = useQuery(`bulk ${id}`, (signal) => sluice.bulk.get(id, { signal, maxRetries: 0 }), {
    everyMs: RUNNING_MS,
  })
  const isRunning = data?.state === 'running'
  useEffect(() => {
    if (data !== undefined && !isRunning) onDone()
  }, [data?.state])

  const close = () => setQuery({ bulk: undefined })
  return (
    <div class="dock-row">
      {error !== undefined && <Problem error={error} />}
      {data !== undefined && <Progress operation={data} />}
      <div class="row dock-actions">
        {isRunning && mayAbort(data) && <AbortButton id={id} onAborted={refresh} />}
        {!isRunning && (
          <button type="button" class="button" onClick={close}>
            Close
          </button>
        )}
      </div>
      {data !== undefined && data.skips.length > 0 && <Skips operation={data} />}
    </div>
  )
}

function mayAbort({ action }: BulkOperation): boolean {
  const verb = BULK_VERBS.find((one) => one.action === action)
  return verb !== undefined && may(verb.permission)
}

function Progress({ operation }: { operation: BulkOperation }) {
  const { state, total, done, skipped, tasks } = operation
  const title = { dry_run: '', running: doingText(operation), completed: 'Done', cancelled: 'Aborted' }[state]
  const skips = skipped === 0 ? '' : `, ${count(skipped)} skipped`
  return (
    <>
      <strong>{title}</strong>
      <Meter
        label="Batches that were reached"
        used={done + skipped}
        max={total}
        tone={state === 'running' ? 'running' : 'completed'}
        text={`${count(done)} of ${countOf(total, 'batch', 'batches')}${skips}, ${countOf(tasks, 'task')}`}
      />
    </>
  )
}

function AbortButton({ id, onAborted }: { id: string; onAborted: () => void }) {
  const abort = async () => {
    try {
      await sluice.bulk.cancel(id)
      say('Aborted. Batches that were not reached stay as they are.')
    } catch {
      say('It had ended already.', 'waiting')
    }
    onAborted()
  }
  return (
    <button type="button" class="button" onClick={() => void abort()}>
      Abort
    </button>
  )
}

function Skips({ operation: { skips } }: { operation: BulkOperation }) {
  return (
    <details class="dock-skips small">
      <summary>Why batches were skipped</summary>
      <ul class="notes">
        {skips.map(({ batchId, message }) => (
          <li key={batchId}>
            <a href={`batches/${batchId}`}>{batchId}</a>: {message}
          </li>
        ))}
      </ul>
    </details>
  )
}
