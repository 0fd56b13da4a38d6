import type { BodyOf, Limit } from '@sluice/client'
import { useTopicPage } from '../../data/fleet.ts'
import { refuseIfFound } from '../../data/refuse-if-found.ts'
import { sluice } from '../../data/session.ts'
import { percent } from '../../format/numbers.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { List } from '../../parts/list.tsx'
import { NewButton } from '../../parts/new-button.tsx'
import { Empty } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { Pager } from '../../parts/pager.tsx'
import { NAME } from '../../parts/settings/name-setting.ts'
import { RULES } from '../../parts/settings/rules-setting.ts'
import { FIRST_RULES } from '../../parts/settings/rules-input.tsx'
import type { Column } from '../../parts/table.tsx'
import { Until } from '../../parts/time.tsx'
import { navigate, query } from '../../routing/location.ts'
import { ADAPTIVE } from './limit-settings.ts'
import { isPaused, LimitBadge, RuleMeter } from './limit-state.tsx'
import { PacedBatches } from './paced-batches.tsx'

const COLUMNS: readonly Column<Limit>[] = [
  { title: 'Limit', isWide: true, value: ({ name }) => name },
  { title: 'State', value: (limit) => <LimitBadge limit={limit} /> },
  { title: 'Granted in the window', value: (limit) => <Rules limit={limit} /> },
  {
    title: 'Paused',
    value: (limit) => (isPaused(limit) ? <PausedUntil limit={limit} /> : <span class="minor">–</span>),
  },
  {
    title: 'Learned',
    isNumber: true,
    isMinor: true,
    value: ({ adaptive, factor }) => (adaptive ? percent(factor * 100) : '–'),
  },
]

/** All limits, in alphabetical order. */
export function LimitsPage() {
  useTitle('Limits')
  const cursor = query.value.get('cursor') ?? undefined
  const { data, error } = useTopicPage('limits', cursor, (signal) =>
    sluice.limits.list({ cursor, pageSize: 100 }, { signal, maxRetries: 0 }),
  )
  return (
    <>
      <PageHead
        title="Limits"
        actions={
          <NewButton
            title="New limit"
            permission="limits:write"
            dialog={(close) => <CreateLimitDialog onClose={close} />}
          />
        }
      />
      <List
        label="Limits"
        rows={data?.rows}
        error={error}
        columns={COLUMNS}
        idOf={({ name }) => name}
        linkOf={({ name }) => `limits/${name}`}
        empty={<NoLimits />}
      />
      <Pager nextCursor={data?.nextCursor ?? null} />
      <PacedBatches />
    </>
  )
}

function Rules({ limit }: { limit: Limit }) {
  return (
    <div class="links">
      {limit.rules.map((rule) => (
        <RuleMeter key={`${rule.unit} ${rule.perMs}`} limit={limit} rule={rule} />
      ))}
    </div>
  )
}

function PausedUntil({ limit: { pausedUntil } }: { limit: Limit }) {
  return pausedUntil === null ? null : <Until at={pausedUntil} />
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
