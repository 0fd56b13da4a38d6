import type { Batch, Waiting } from '@sluice/client'
import { useEffect, useState } from 'preact/hooks'
import { percent, rate } from '../../format/numbers.ts'
import { duration } from '../../format/durations.ts'
import { PageLink } from '../../parts/page-link.tsx'
import { describeCounts, TaskLegend, TaskProgress } from '../../parts/task-progress.tsx'
import { Ago } from '../../parts/time.tsx'
import { isOpen } from '../../routing/open-pages.ts'

/** What holds on each tab: how far the batch is, and what holds it up. */
export function BatchHead({ batch }: { batch: Batch }) {
  const { counts, percent: finished, lastInterruption, waitingFor, state } = batch
  return (
    <div class="stack">
      <div class="batch-facts">
        <strong class="big-number">{percent(finished)}</strong>
        <Pace batch={batch} />
        <Origin batch={batch} />
      </div>
      <TaskProgress counts={counts} isLarge />
      <TaskLegend counts={counts} />
      {state === 'interrupted' && lastInterruption !== null && (
        <div class="problem" data-tone="interrupted">
          <strong>
            Interrupted <Ago at={lastInterruption.at} />: {lastInterruption.reason.replaceAll('_', ' ')}
          </strong>
          <span>{lastInterruption.message}</span>
        </div>
      )}
      {waitingFor.map((waiting) => (
        <div key={waiting.kind} class="problem" data-tone="delayed">
          <span>
            {waitingText(batch, waiting)} <WaitingLink batch={batch} waiting={waiting} />
          </span>
        </div>
      ))}
      <Announcement batch={batch} />
    </div>
  )
}

/** Why tasks wait. Of a limit and of an upstream, another field of the batch says more. */
function waitingText({ limitWait, upstreamWait }: Batch, { kind, message }: Waiting): string {
  const wait = { limit: limitWait, upstream_pause: upstreamWait }[kind as string]
  return wait?.message ?? message
}

/** Where to see what the tasks wait for. */
function WaitingLink({ batch: { limitWait, queue }, waiting: { kind } }: { batch: Batch; waiting: Waiting }) {
  const href = {
    limit: limitWait === null ? undefined : `limits/${limitWait.limit}`,
    queue_paused: `queues/${queue}`,
    no_worker: 'workers',
    no_handler: 'workers',
    upstream_pause: 'limits',
  }[kind as string]
  return href !== undefined && isOpen(href) ? <a href={href}>Look at it</a> : null
}

function Pace({ batch: { state, ratePerSecond, etaMs, startedAt, finishedAt } }: { batch: Batch }) {
  if (state === 'active') {
    return (
      <span>
        {rate(ratePerSecond)}
        <span class="soft">{etaMs === null ? '' : `, about ${duration(etaMs)} left`}</span>
      </span>
    )
  }
  if (finishedAt === null || startedAt === null) return null
  return <span class="soft">took {duration(Date.parse(finishedAt) - Date.parse(startedAt))}</span>
}

function Origin({ batch: { queue, type, priority, createdAt } }: { batch: Batch }) {
  return (
    <span class="soft small">
      queue <PageLink href={`queues/${encodeURIComponent(queue)}`}>{queue}</PageLink> · type {type} · priority{' '}
      {priority} · created <Ago at={createdAt} />
    </span>
  )
}

const ANNOUNCED_MS = 10_000

/** The progress for those who listen to the page: at most every ten seconds. */
function Announcement({ batch }: { batch: Batch }) {
  const text = `${batch.state}, ${percent(batch.percent)} finished: ${describeCounts(batch.counts)}.`
  const [said, setSaid] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), ANNOUNCED_MS)
    return () => clearTimeout(timer)
  }, [text.length, said])
  return (
    <p class="sr-only" aria-live="polite">
      {said}
    </p>
  )
}
