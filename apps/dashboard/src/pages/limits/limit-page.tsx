import type { Detection, Limit } from '@sluice/client'
import { useObject } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { withReason } from '../../data/with-reason.ts'
import { allowedPerSecond } from '../../format/limits.ts'
import { count, rate } from '../../format/numbers.ts'
import { AwaitedPage } from '../../parts/awaited-page.tsx'
import { Card } from '../../parts/card.tsx'
import type { ActionRequest } from '../../parts/dialog.tsx'
import { ActionButton } from '../../parts/dialog-button.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Problem } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { SettingsCard } from '../../parts/settings/settings-card.tsx'
import type { Versioned } from '../../parts/settings/use-settings-draft.ts'
import { Until } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { navigate } from '../../routing/location.ts'
import type { PageProps } from '../page.ts'
import { useActiveBatches, WaitingBatches } from './held-batches.tsx'
import { LimitQueues, useQueues } from './limit-queues.tsx'
import { LIMIT_SETTINGS } from './limit-settings.ts'
import { isPaused, LimitBadge, NextStart, RuleMeters, shareText } from './limit-state.tsx'
import { Suggestion, useSuggestion } from './suggestion.tsx'

/** The settings have a version, which the stream does not send. */
const SETTINGS_MS = 5000

/** A limit: what it grants now, who uses it, and its settings. */
export function LimitPage({ params: { name = '' } }: PageProps) {
  useTitle(name)
  const { data, error, refresh } = useQuery(`limit ${name}`, (signal) => readLimit(name, signal), {
    everyMs: SETTINGS_MS,
  })
  const limit = useObject('limits', name, (id, signal) => sluice.limits.get(id, { signal, maxRetries: 0 }))
  const batches = useActiveBatches()
  const queues = useQueues()
  const suggestion = useSuggestion((queues.data ?? []).filter((queue) => queue.limit === name).map((one) => one.name))
  if (data === undefined || limit === undefined) return <AwaitedPage title={name} error={error} />
  return (
    <>
      <PageHead
        title={name}
        badge={<LimitBadge limit={limit} />}
        actions={may('limits:write') && <ActionButton title="Delete" request={() => deleteRequest(name)} />}
      />
      {error !== undefined && <Problem error={error} />}
      <div class="columns">
        <Card title="Now">
          <Now limit={limit} suggestion={suggestion} />
        </Card>
        <LimitQueues limit={name} queues={queues} batches={batches.data ?? []} />
      </div>
      {may('batches:read') && <WaitingBatches limit={name} batches={batches} />}
      <Settings key={name} stored={data} refresh={refresh} />
    </>
  )
}

async function readLimit(name: string, signal?: AbortSignal): Promise<Versioned<Limit>> {
  const { data, response } = await sluice.limits.get(name, { signal, maxRetries: 0 }).withResponse()
  return { view: data, etag: response.headers.get('etag') ?? '' }
}

function Now({ limit, suggestion }: { limit: Limit; suggestion: Detection | undefined }) {
  const { pausedUntil, probing, pauses } = limit
  const perSecond = allowedPerSecond(limit)
  return (
    <div class="stack">
      <div class="stack tight">
        <RuleMeters limit={limit} />
        <p class="small faint">Granted in the current window, against what the limit allows. Stripes start soon.</p>
      </div>
      <Facts
        facts={[
          ['Calls at most', perSecond === undefined ? undefined : rate(perSecond)],
          ['Next start', <NextStart limit={limit} />],
          ['Paused until', isPaused(limit) && pausedUntil !== null ? <Until at={pausedUntil} /> : 'it is not paused'],
          ['Probing', probing ? 'one call at a time finds out whether the upstream accepts calls again' : 'no'],
          ['Pauses since it was last idle', count(pauses)],
          ['Learned', limit.adaptive ? `${shareText(limit)} of its rules` : 'nothing: it is not adaptive'],
          ['A detection recommends', suggestion && <Suggestion detection={suggestion} />],
        ]}
      />
    </div>
  )
}

function Settings({ stored, refresh }: { stored: Versioned<Limit>; refresh: () => void }) {
  const { view } = stored
  return (
    <SettingsCard
      title="Settings"
      mayChange={may('limits:write')}
      groups={LIMIT_SETTINGS}
      stored={stored}
      read={() => readLimit(view.name)}
      save={async (change, ifMatch, reason) => {
        const saved = await sluice.limits.update(view.name, change, { ifMatch, ...withReason(reason) })
        refresh()
        return saved
      }}
    />
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
