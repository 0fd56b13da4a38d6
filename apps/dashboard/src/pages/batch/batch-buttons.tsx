import { useSignal } from '@preact/signals'
import type { Batch, InterruptionCriteriaUpdate } from '@sluice/client'
import { useRef } from 'preact/hooks'
import { criterionOf, CRITERIA, criterionValue } from '../../format/criteria.ts'
import { ActionDialog, type ActionRequest } from '../../parts/dialog.tsx'
import { say } from '../../parts/toasts.tsx'
import { navigate } from '../../routing/location.ts'
import { actionsOf, cancellation, deletion, interruption, resumption, retry, sealing } from './batch-actions.ts'

/** The actions that a person may do with a batch, each behind a dialog. */
export function BatchButtons({ batch, onDone }: { batch: Batch; onDone: () => void }) {
  const open = useSignal<ActionRequest | undefined>(undefined)
  const abort = useRef(false)
  const criteria = useRef<InterruptionCriteriaUpdate>({})
  const can = actionsOf(batch)

  const ask = (request: ActionRequest, fields?: ActionRequest['fields'], after: () => void = onDone) => {
    const run = async (reason: string | undefined) => {
      await request.run(reason)
      say(`${request.verb}: done.`)
      after()
    }
    open.value = { ...request, fields, run }
  }
  const askToInterrupt = () => {
    abort.current = false
    ask(
      interruption(batch, () => abort.current),
      <AbortField onChange={(on) => (abort.current = on)} />,
    )
  }
  const askToResume = () => {
    criteria.current = raisedCriteria(batch)
    ask(
      resumption(batch, () => criteria.current),
      <RaiseField batch={batch} onChange={(change) => (criteria.current = change)} />,
    )
  }

  return (
    <>
      {can.canResume && (
        <button type="button" class="button" data-kind="primary" onClick={askToResume}>
          Resume
        </button>
      )}
      {can.canInterrupt && (
        <button type="button" class="button" onClick={askToInterrupt}>
          Interrupt
        </button>
      )}
      {can.canRetry && (
        <button type="button" class="button" onClick={() => ask(retry(batch))}>
          Retry failed
        </button>
      )}
      {can.canSeal && (
        <button type="button" class="button" onClick={() => ask(sealing(batch))}>
          Seal
        </button>
      )}
      {can.canCancel && (
        <button type="button" class="button" onClick={() => ask(cancellation(batch))}>
          Cancel
        </button>
      )}
      {can.canDelete && (
        <button type="button" class="button" onClick={() => ask(deletion(batch), undefined, () => navigate('batches'))}>
          Delete
        </button>
      )}
      {open.value && <ActionDialog request={open.value} onClose={() => (open.value = undefined)} />}
    </>
  )
}

function AbortField({ onChange }: { onChange: (on: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
      <span>Abort the attempts that run, instead of letting them finish</span>
    </label>
  )
}

/** The criterion that interrupted the batch, with twice its threshold. */
function raisedCriteria(batch: Batch): InterruptionCriteriaUpdate {
  const tripped = trippedOf(batch)
  if (tripped === undefined) return {}
  const { criterion, threshold } = tripped
  const raised = criterion.unit === 'share' ? Math.min(1, threshold * 2) : threshold * 2
  return { [criterion.name]: raised }
}

function trippedOf({ lastInterruption, headroom }: Batch) {
  const criterion = CRITERIA.find(({ reason }) => reason === lastInterruption?.reason)
  const row = headroom.find((one) => one.criterion === criterion?.name)
  return criterion === undefined || row === undefined ? undefined : { criterion, threshold: row.threshold }
}

function RaiseField({ batch, onChange }: { batch: Batch; onChange: (criteria: InterruptionCriteriaUpdate) => void }) {
  const tripped = trippedOf(batch)
  if (tripped === undefined) return null
  const { criterion, threshold } = tripped
  const isShare = criterion.unit === 'share'
  const initial = Object.values(raisedCriteria(batch))[0] as number
  const change = (text: string) => {
    const value = isShare ? Number(text) / 100 : Number(text)
    onChange(text === '' ? { [criterion.name]: null } : { [criterion.name]: value })
  }
  return (
    <div class="field">
      <label for="raised">
        {criterionOf(criterion.name)?.title}, {unitText(criterion.unit)}
      </label>
      <input
        id="raised"
        class="input"
        type="number"
        min={isShare ? 0 : 1}
        max={isShare ? 100 : undefined}
        step={isShare ? 'any' : 1}
        defaultValue={String(isShare ? initial * 100 : initial)}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
      <span class="hint">
        It interrupted the batch at {criterionValue(criterion, threshold)}. Empty: it no longer stops the batch.
      </span>
    </div>
  )
}

function unitText(unit: 'count' | 'share' | 'ms'): string {
  return { count: 'at most', share: 'at most, in %', ms: 'at most, in ms' }[unit]
}
