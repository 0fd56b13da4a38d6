import type { Limit } from '@sluice/client'
import { useState } from 'preact/hooks'
import { useObject } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { withReason } from '../../data/with-reason.ts'
import { count } from '../../format/numbers.ts'
import { Card } from '../../parts/card.tsx'
import { ActionDialog, type ActionRequest } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Problem, Skeleton } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { SettingsFacts } from '../../parts/settings/settings-facts.tsx'
import { SettingsForm } from '../../parts/settings/settings-form.tsx'
import type { Versioned } from '../../parts/settings/use-settings-draft.ts'
import { Until } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { navigate } from '../../routing/location.ts'
import type { PageProps } from '../page.ts'
import { LIMIT_SETTINGS } from './limit-settings.ts'
import { isPaused, learnedText, LimitBadge, RuleMeter } from './limit-state.tsx'
import { LimitUsers } from './limit-users.tsx'

/** The settings have a version, which the stream does not send. */
const SETTINGS_MS = 5000

/** A limit: what it grants now, who uses it, and its settings. */
export function LimitPage({ params: { name = '' } }: PageProps) {
  useTitle(name)
  const { data, error, refresh } = useQuery(`limit ${name}`, (signal) => readLimit(name, signal), {
    everyMs: SETTINGS_MS,
  })
  const limit = useObject('limits', name, (id, signal) => sluice.limits.get(id, { signal, maxRetries: 0 }))
  if (data === undefined || limit === undefined) {
    return (
      <>
        <PageHead title={name} />
        {error === undefined ? <Skeleton lines={8} /> : <Problem error={error} />}
      </>
    )
  }
  return (
    <>
      <PageHead
        title={name}
        badge={<LimitBadge limit={limit} />}
        actions={may('limits:write') && <DeleteButton name={name} />}
      />
      {error !== undefined && <Problem error={error} />}
      <div class="columns">
        <Card title="Now">
          <Now limit={limit} />
        </Card>
        <LimitUsers limit={name} />
      </div>
      <Card title="Settings">
        <Settings key={name} stored={data} refresh={refresh} />
      </Card>
    </>
  )
}

async function readLimit(name: string, signal?: AbortSignal): Promise<Versioned<Limit>> {
  const { data, response } = await sluice.limits.get(name, { signal, maxRetries: 0 }).withResponse()
  return { view: data, etag: response.headers.get('etag') ?? '' }
}

function Now({ limit }: { limit: Limit }) {
  const { rules, pausedUntil, probing, pauses, nextStartAt } = limit
  return (
    <div class="stack">
      <div class="links">
        {rules.map((rule) => (
          <RuleMeter key={`${rule.unit} ${rule.perMs}`} limit={limit} rule={rule} />
        ))}
        <p class="small faint">Granted in the current window, against what the limit allows. Stripes start soon.</p>
      </div>
      <Facts
        facts={[
          ['Next start', nextStartAt === null ? 'at once' : <Until at={nextStartAt} />],
          ['Paused until', isPaused(limit) && pausedUntil !== null ? <Until at={pausedUntil} /> : 'it is not paused'],
          ['Probing', probing ? 'one call at a time finds out whether the upstream accepts calls again' : 'no'],
          ['Pauses since it was last idle', count(pauses)],
          ['Learned', learnedText(limit)],
        ]}
      />
    </div>
  )
}

function Settings({ stored, refresh }: { stored: Versioned<Limit>; refresh: () => void }) {
  const { view } = stored
  if (!may('limits:write')) return <SettingsFacts groups={LIMIT_SETTINGS} view={view} />
  return (
    <SettingsForm
      groups={LIMIT_SETTINGS}
      stored={stored}
      read={() => readLimit(view.name)}
      save={async (change, ifMatch, reason) => {
        await sluice.limits.update(view.name, change, { ifMatch, ...withReason(reason) })
        refresh()
      }}
    />
  )
}

function DeleteButton({ name }: { name: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        Delete
      </button>
      {isOpen && <ActionDialog request={deleteRequest(name)} onClose={() => setOpen(false)} />}
    </>
  )
}

function deleteRequest(name: string): ActionRequest {
  return {
    title: `Delete ${name}?`,
    verb: 'Delete',
    explanation: 'The API refuses this while a queue is under the limit.',
    touches: 0,
    name,
    isFinal: true,
    run: async (reason) => {
      await sluice.limits.delete(name, withReason(reason))
      say(`${name} is deleted.`)
      navigate('limits')
    },
  }
}
