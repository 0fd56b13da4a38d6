import type { Batch } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import type { SettingGroup } from '../../parts/settings/setting.ts'
import { SettingsCard } from '../../parts/settings/settings-card.tsx'
import { ATTEMPT_SETTINGS, CRITERIA_SETTINGS } from '../../parts/settings/task-settings.ts'
import { actionsOf } from './batch-actions.ts'

const GROUPS: readonly SettingGroup[] = [
  {
    title: 'Pace',
    settings: [
      {
        path: 'concurrency',
        label: 'Concurrency',
        hint: 'Tasks of the batch that run at once, on all workers.',
        input: { kind: 'number', min: 1, max: 10_000 },
        emptyText: 'that of the queue',
      },
      {
        path: 'priority',
        label: 'Priority',
        hint: 'In its queue: 1 is first, 10 is last.',
        input: { kind: 'number', min: 1, max: 10 },
      },
    ],
  },
  { title: 'Attempts', hint: 'Attempts that run keep their time limit.', settings: ATTEMPT_SETTINGS },
  {
    title: 'Interruption criteria',
    hint: 'When the batch stops itself. A change is judged at once.',
    settings: CRITERIA_SETTINGS,
  },
]

/** The settings of the batch, which can change while it runs. */
export function SettingsTab({ batch, onDone }: { batch: Batch; onDone: () => void }) {
  const { canChange } = actionsOf(batch)
  // The API gives batches no ETag. A change names only the settings that differ, so it overwrites no other setting.
  const versioned = (view: Batch) => ({ view, etag: '' })
  return (
    <SettingsCard
      mayChange={canChange}
      groups={GROUPS}
      stored={versioned(batch)}
      read={async () => versioned(await sluice.batches.get(batch.id))}
      save={async (change, _etag, reason) => {
        const view = await sluice.batches.update(batch.id, change, withReason(reason))
        onDone()
        return view
      }}
    />
  )
}
