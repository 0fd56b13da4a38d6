import type { BodyOf, DetectionResult } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useAllLimits } from '../../data/use-all-limits.ts'
import { count } from '../../format/numbers.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { NAME } from '../../parts/settings/name-setting.ts'
import { RULES } from '../../parts/settings/rules-setting.ts'
import { readDraft } from '../../parts/settings/draft.ts'
import { say } from '../../parts/toasts.tsx'
import { navigate } from '../../routing/location.ts'

/** Turns what a detection recommends into a limit, and puts the queue under it. */
export function UseAsLimitDialog({
  queue,
  result: { recommended },
  onClose,
}: {
  queue: string
  result: DetectionResult
  onClose: () => void
}) {
  const { limit, concurrency } = recommended
  const existing = useAllLimits().map(({ name }) => name)
  if (limit === null) return null
  const queueHint = concurrency === null ? '' : ` Its concurrency becomes ${count(concurrency)}.`
  return (
    <FormDialog
      title="Use as limit"
      verb="Use"
      settings={[
        {
          ...NAME,
          hint: `A new limit, or one whose rules these replace: ${existing.join(', ') || 'there is none yet'}.`,
        },
        RULES,
        { path: 'attach', label: `Put queue ${queue} under it`, hint: queueHint, input: { kind: 'check' } },
      ]}
      initial={{ ...readDraft([RULES], limit), attach: 'true' }}
      onClose={onClose}
      run={async ({ name, rules, attach }) => {
        const limitName = String(name)
        await storeLimit(limitName, existing, { ...limit, rules } as BodyOf<'putLimit'>)
        if (attach === true) {
          await sluice.queues.update(queue, { limit: limitName, ...(concurrency !== null && { concurrency }) })
        }
        say(`${limitName} is in force.`)
        navigate(`limits/${limitName}`)
      }}
    />
  )
}

/** A limit that exists keeps its other settings. */
async function storeLimit(name: string, existing: readonly string[], limit: BodyOf<'putLimit'>): Promise<void> {
  if (existing.includes(name)) await sluice.limits.update(name, limit)
  else await sluice.limits.put(name, limit)
}
