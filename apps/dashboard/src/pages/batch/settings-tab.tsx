import type { Batch, InterruptionCriteriaUpdate, RetryPolicyUpdate } from '@sluice/client'
import { useState } from 'preact/hooks'
import { sluice } from '../../data/session.ts'
import { CRITERIA } from '../../format/criteria.ts'
import { Card } from '../../parts/card.tsx'
import { NumberField } from '../../parts/number-field.tsx'
import { Problem } from '../../parts/notes.tsx'
import { say } from '../../parts/toasts.tsx'
import { actionsOf } from './batch-actions.ts'
import { FAILURE_CLASSES } from './tasks-tab.tsx'

const RETRY_FIELDS = [
  { name: 'maxAttempts', label: 'Attempts per task', unit: 1 },
  { name: 'minDelayMs', label: 'Shortest delay, in ms', unit: 1 },
  { name: 'maxDelayMs', label: 'Longest delay, in ms', unit: 1 },
  { name: 'maxPostponedMs', label: 'Longest postponement, in ms', unit: 1 },
] as const

/** The settings of the batch, which can change while it runs. */
export function SettingsTab({ batch, onDone }: { batch: Batch; onDone: () => void }) {
  const [error, setError] = useState<unknown>()
  const [isRunning, setRunning] = useState(false)
  const { canChange } = actionsOf(batch)

  const save = async (event: SubmitEvent) => {
    event.preventDefault()
    setRunning(true)
    setError(undefined)
    try {
      await sluice.batches.update(batch.id, changesIn(new FormData(event.currentTarget as HTMLFormElement)))
      say('The settings are changed.')
      onDone()
    } catch (refusal) {
      setError(refusal)
    }
    setRunning(false)
  }

  return (
    <form class="stack" onSubmit={(event) => void save(event)}>
      <fieldset disabled={!canChange} class="settings">
        <Card title="Pace">
          <div class="fields">
            <NumberField name="concurrency" label="Concurrency" value={batch.concurrency} hint="Empty: the queue's" />
            <NumberField name="priority" label="Priority, 1 is first" value={batch.priority} max={10} required />
            <NumberField
              name="attemptTimeoutMs"
              label="Longest attempt, in ms"
              value={batch.attemptTimeoutMs}
              required
            />
          </div>
        </Card>
        <Card title="Retries">
          <div class="fields">
            {RETRY_FIELDS.map(({ name, label }) => (
              <NumberField key={name} name={`retry.${name}`} label={label} value={batch.retry[name]} min={0} required />
            ))}
          </div>
        </Card>
        <Card title="Criteria: when the batch stops itself">
          <div class="fields">
            {CRITERIA.map(({ name, title, unit }) => (
              <NumberField
                key={name}
                name={`criteria.${name}`}
                label={title + { count: '', share: ', in %', ms: ', in ms' }[unit]}
                value={toField(batch.interruptionCriteria[name], unit)}
                min={0}
                step="any"
                hint="Empty: never stops it"
              />
            ))}
            <NumberField
              name="criteria.minSample"
              label="Smallest sample of the rate"
              value={batch.interruptionCriteria.minSample ?? null}
              hint="Finished tasks. Empty: 20"
            />
          </div>
          <fieldset class="field stop-on">
            <legend class="label">Stop at the first failure of these classes</legend>
            <div class="row">
              {FAILURE_CLASSES.map((name) => (
                <label key={name} class="check">
                  <input
                    type="checkbox"
                    name="stopOn"
                    value={name}
                    defaultChecked={batch.interruptionCriteria.stopOn?.includes(name) ?? false}
                  />
                  <span>{name.replaceAll('_', ' ')}</span>
                </label>
              ))}
            </div>
          </fieldset>
        </Card>
      </fieldset>
      {error !== undefined && <Problem error={error} />}
      {canChange ? (
        <div class="row">
          <button class="button" data-kind="primary" disabled={isRunning}>
            Save
          </button>
          <span class="small soft">Running attempts keep their time limit. Criteria are judged at once.</span>
        </div>
      ) : (
        <p class="small soft">A finished batch keeps its settings, and some API keys may not change any.</p>
      )}
    </form>
  )
}

/** Shares are shown in percent. */
function toField(value: number | undefined, unit: 'count' | 'share' | 'ms'): number | null {
  if (value === undefined) return null
  return unit === 'share' ? Number((value * 100).toPrecision(12)) : value
}

function changesIn(form: FormData) {
  const number = (name: string) => {
    const text = form.get(name)
    return typeof text !== 'string' || text.trim() === '' ? null : Number(text)
  }
  const retry = Object.fromEntries(RETRY_FIELDS.map(({ name }) => [name, number(`retry.${name}`) ?? undefined]))
  const criteria = Object.fromEntries(
    CRITERIA.map(({ name, unit }) => {
      const value = number(`criteria.${name}`)
      return [name, value === null || unit !== 'share' ? value : Number((value / 100).toPrecision(12))]
    }),
  )
  const stopOn = form.getAll('stopOn')
  return {
    concurrency: number('concurrency'),
    priority: number('priority') ?? undefined,
    attemptTimeoutMs: number('attemptTimeoutMs') ?? undefined,
    retry: retry as RetryPolicyUpdate,
    interruptionCriteria: {
      ...criteria,
      minSample: number('criteria.minSample'),
      stopOn: stopOn.length === 0 ? null : stopOn,
    } as InterruptionCriteriaUpdate,
  }
}
