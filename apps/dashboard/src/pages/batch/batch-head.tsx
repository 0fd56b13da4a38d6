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
            <WaitingText batch={batch} waiting={waiting} />
          </span>
        </div>
      ))}
      <Announcement batch={batch} />
    </div>
  )
}

/** Why tasks wait, and where to see more. Of a limit and of an upstream, another field of the batch says more. */
function WaitingText({ batch, waiting: { kind, message } }: WaitingProps) {
  const wait = { limit: batch.limitWait, upstream_pause: batch.upstreamWait }[kind as string]
  const more = MORE[kind as string]?.(batch)
  return (
    <>
      {wait?.message ?? message} {more && isOpen(more.href) && <a href={more.href}>{more.title}</a>}
    </>
  )
}

interface WaitingProps {
  batch: Batch
  waiting: Waiting
}

const MORE: Readonly<Record<string, (batch: Batch) => { href: string; title: string }>> = {
  limit: ({ limitWait }) => ({ href: `limits/${limitWait?.limit ?? ''}`, title: 'Open the limit' }),
  queue_paused: ({ queue }) => ({ href: `queues/${queue}`, title: 'Open the queue' }),
  no_worker: () => ({ href: 'workers', title: 'All workers' }),
  no_handler: () => ({ href: 'workers', title: 'All workers' }),
  upstream_pause: () => ({ href: 'limits', title: 'All batches that are held back' }),
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
