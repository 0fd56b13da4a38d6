import type { BodyOf, Limit } from '@sluice/client'
import { useTopicPage } from '../../data/fleet.ts'
import { refuseIfFound } from '../../data/refuse-if-found.ts'
import { may, sluice } from '../../data/session.ts'
import { count } from '../../format/numbers.ts'
import { NewButton } from '../../parts/dialog-button.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { ListPage } from '../../parts/list-page.tsx'
import { Empty } from '../../parts/notes.tsx'
import { NAME } from '../../parts/settings/name-setting.ts'
import { FIRST_RULES } from '../../parts/settings/rules-input.tsx'
import { RULES } from '../../parts/settings/rules-setting.ts'
import type { Column } from '../../parts/table.tsx'
import { navigate, query } from '../../routing/location.ts'
import { HeldBatches, useActiveBatches, waitsFor } from './held-batches.tsx'
import { useQueues } from './limit-queues.tsx'
import { ADAPTIVE } from './limit-settings.ts'
import { LimitBadge, NextStart, RuleMeters, shareText } from './limit-state.tsx'

/** All limits, in alphabetical order, and the batches that they and their upstreams hold back. */
export function LimitsPage() {
  const cursor = query.value.get('cursor') ?? undefined
  const { data, error } = useTopicPage('limits', cursor, (signal) =>
    sluice.limits.list({ cursor, pageSize: 100 }, { signal, maxRetries: 0 }),
  )
  const batches = useActiveBatches()
  const queues = useQueues()
  const columns: readonly Column<Limit>[] = [
    { title: 'Limit', isWide: true, value: ({ name }) => name },
    { title: 'State', value: (limit) => <LimitBadge limit={limit} /> },
    { title: 'Granted in the window', value: (limit) => <RuleMeters limit={limit} /> },
    { title: 'Learned', isNumber: true, isMinor: true, value: shareText },
    {
      title: 'Queues',
      isNumber: true,
      isMinor: true,
      value: ({ name }) => count((queues.data ?? []).filter(({ limit }) => limit === name).length),
    },
    {
      title: 'Batches that wait',
      isNumber: true,
      value: ({ name }) => count((batches.data ?? []).filter((batch) => waitsFor(batch, name)).length),
    },
    { title: 'Next start', isNumber: true, value: (limit) => <NextStart limit={limit} /> },
  ]
  return (
    <ListPage
      title="Limits"
      actions={
        <NewButton
          title="New limit"
          permission="limits:write"
          dialog={(close) => <CreateLimitDialog onClose={close} />}
        />
      }
      data={data}
      error={error}
      columns={columns}
      idOf={({ name }) => name}
      linkOf={({ name }) => `limits/${name}`}
      empty={<NoLimits />}
    >
      {may('batches:read') && <HeldBatches batches={batches} />}
    </ListPage>
  )
}

function NoLimits() {
  return (
    <Empty title="No limits yet">
      <p>
        A limit keeps all workers together within what an account with a provider allows. Create one, and name it in the
        settings of the queues that use the account. If the provider does not say what it allows,{' '}
        <a href="detections">detect it</a>.
      </p>
    </Empty>
  )
}

function CreateLimitDialog({ onClose }: { onClose: () => void }) {
  return (
    <FormDialog
      title="New limit"
      verb="Create"
      settings={[NAME, RULES, ADAPTIVE]}
      initial={{ rules: FIRST_RULES }}
      onClose={onClose}
      run={async ({ name, ...settings }) => {
        const limit = String(name)
        await refuseIfFound(`A limit is called ${limit} already.`, () => sluice.limits.get(limit))
        await sluice.limits.put(limit, settings as unknown as BodyOf<'putLimit'>)
        navigate(`limits/${limit}`)
      }}
    />
  )
}
