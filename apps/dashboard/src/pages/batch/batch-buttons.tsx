import { useSignal } from '@preact/signals'
import type { Batch, InterruptionCriteriaUpdate } from '@sluice/client'
import { useRef, useState } from 'preact/hooks'
import { CRITERIA, criterionValue } from '../../format/criteria.ts'
import { ActionDialog, type ActionRequest } from '../../parts/dialog.tsx'
import { readField, writeField } from '../../parts/settings/field-input.ts'
import { SettingField } from '../../parts/settings/setting-field.tsx'
import { criterionSetting } from '../../parts/settings/task-settings.ts'
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

interface RaiseProps {
  batch: Batch
  onChange: (criteria: InterruptionCriteriaUpdate) => void
}

/** Offers the criterion that interrupted the batch, raised. */
function RaiseField({ batch, onChange }: RaiseProps) {
  const [tripped] = useState(() => trippedOf(batch))
  const [raised, setRaised] = useState<string>()
  if (tripped === undefined) return null
  const { criterion, threshold } = tripped
  const { label, ...setting } = criterionSetting(criterion)
  return (
    <SettingField
      setting={{
        ...setting,
        label: `${label}, at most`,
        hint: `It interrupted the batch at ${criterionValue(criterion, threshold)}. Empty: it no longer stops the batch.`,
      }}
      value={raised ?? writeField(setting.input, Object.values(raisedCriteria(batch))[0])}
      onInput={(text) => {
        setRaised(text)
        onChange({ [criterion.name]: readField(setting.input, text) })
      }}
    />
  )
}
