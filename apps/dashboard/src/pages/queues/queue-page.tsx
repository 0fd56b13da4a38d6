import type { Queue } from '@sluice/client'
import { useObject } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import { useAllLimits } from '../../data/use-all-limits.ts'
import { useQuery } from '../../data/use-query.ts'
import { withReason } from '../../data/with-reason.ts'
import { count } from '../../format/numbers.ts'
import { AwaitedPage } from '../../parts/awaited-page.tsx'
import { Card } from '../../parts/card.tsx'
import { ActionButton } from '../../parts/dialog-button.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Problem } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { SettingsCard } from '../../parts/settings/settings-card.tsx'
import type { Versioned } from '../../parts/settings/use-settings-draft.ts'
import type { PageProps } from '../page.ts'
import { deleteRequest, pauseRequest } from './queue-actions.tsx'
import { QueueBatches } from './queue-batches.tsx'
import { queueSettings } from './queue-settings.ts'
import { NoWorkerNote, QueueBadge, Slots } from './queue-state.tsx'

/** The settings have a version, which the stream does not send. */
const SETTINGS_MS = 5000

/** A queue: what it does now, and its settings. */
export function QueuePage({ params: { name = '' } }: PageProps) {
  useTitle(name)
  const { data, error, refresh } = useQuery(`queue ${name}`, (signal) => readQueue(name, signal), {
    everyMs: SETTINGS_MS,
  })
  const queue = useObject('queues', name, (id, signal) => sluice.queues.get(id, { signal, maxRetries: 0 }))
  if (data === undefined || queue === undefined) return <AwaitedPage title={name} error={error} />
  return (
    <>
      <PageHead
        title={name}
        badge={<QueueBadge queue={queue} />}
        actions={may('queues:write') && <Actions queue={queue} refresh={refresh} />}
      />
      {error !== undefined && <Problem error={error} />}
      <NoWorkerNote queues={[queue]} />
      <div class="columns">
        <Card title="Now">
          <Now queue={queue} />
        </Card>
        <QueueBatches queue={name} />
      </div>
      <Settings key={name} stored={data} refresh={refresh} />
    </>
  )
}

async function readQueue(name: string, signal?: AbortSignal): Promise<Versioned<Queue>> {
  const { data, response } = await sluice.queues.get(name, { signal, maxRetries: 0 }).withResponse()
  return { view: data, etag: response.headers.get('etag') ?? '' }
}

function Now({ queue }: { queue: Queue }) {
  const { name, tickets, activeBatches, workers, types, limit } = queue
  return (
    <Facts
      facts={[
        ['Slots in use', <Slots queue={queue} />],
        ['Tickets that wait for a slot', count(tickets.waiting)],
        ['Tickets that wait for a time', count(tickets.delayed)],
        ['Batches that use it', <a href={`batches?queue=${name}`}>{count(activeBatches)}</a>],
        ['Workers', <a href="workers">{count(workers)}</a>],
        ['Types that they handle', types.length === 0 ? 'none' : types.join(', ')],
        ['Limit', limit === null ? 'none' : <a href={`limits/${limit}`}>{limit}</a>],
      ]}
    />
  )
}

function Settings({ stored, refresh }: { stored: Versioned<Queue>; refresh: () => void }) {
  const { view } = stored
  const limits = useAllLimits().map((limit) => limit.name)
  if (view.limit !== null && !limits.includes(view.limit)) limits.push(view.limit)
  return (
    <SettingsCard
      title="Settings"
      mayChange={may('queues:write')}
      groups={queueSettings(limits, may('secrets:grant'))}
      stored={stored}
      read={() => readQueue(view.name)}
      save={async (change, ifMatch, reason) => {
        const saved = await sluice.queues.update(view.name, change, { ifMatch, ...withReason(reason) })
        refresh()
        return saved
      }}
    />
  )
}

function Actions({ queue, refresh }: { queue: Queue; refresh: () => void }) {
  return (
    <>
      <ActionButton title={queue.paused ? 'Resume' : 'Pause'} request={() => pauseRequest(queue, refresh)} />
      {/* The queue `default` always exists. */}
      {queue.name !== 'default' && <ActionButton title="Delete" request={() => deleteRequest(queue)} />}
    </>
  )
}
