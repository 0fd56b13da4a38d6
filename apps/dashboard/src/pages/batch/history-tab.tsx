import type { AuditEntry, Batch, Interruption } from '@sluice/client'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import type { Tone } from '../../format/tones.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty, Problem, Skeleton } from '../../parts/notes.tsx'
import { describeCounts } from '../../parts/task-progress.tsx'
import { Ago } from '../../parts/time.tsx'

const SLOW_MS = 5000

interface Moment {
  id: string
  at: string
  tone: Tone
  title: string
  detail: string
}

/** What happened to the batch, newest first: its interruptions, and what people did, for those who may read it. */
export function HistoryTab({ batch }: { batch: Batch }) {
  const interruptions = useQuery(
    `interruptions ${batch.id}`,
    (signal) => sluice.batches.interruptions(batch.id, { signal, maxRetries: 0 }),
    { everyMs: SLOW_MS },
  )
  const audit = useQuery(
    `audit ${batch.id}`,
    async (signal) =>
      may('audit:read')
        ? (await sluice.audit.list({ object: `batches/${batch.id}` }, { signal, maxRetries: 0 })).rows
        : [],
    { everyMs: SLOW_MS },
  )
  const error = interruptions.error ?? audit.error
  if (error !== undefined) return <Problem error={error} />
  if (interruptions.data === undefined || audit.data === undefined) return <Skeleton lines={4} />

  const moments = [
    ...lifeOf(batch),
    ...interruptions.data.interruptions.map(interruptionMoment),
    ...audit.data.map(auditMoment),
  ].toSorted((a, b) => b.at.localeCompare(a.at))
  return (
    <Card>
      {moments.length === 0 ? (
        <Empty title="Nothing has happened yet" />
      ) : (
        <ol class="history">
          {moments.map(({ id, at, tone, title, detail }) => (
            <li key={id}>
              <span class="small soft">
                <Ago at={at} />
              </span>
              <Badge tone={tone}>{title}</Badge>
              <span>{detail}</span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}

function lifeOf({ createdAt, startedAt, finishedAt, state, counts }: Batch): Moment[] {
  const moments: (Omit<Moment, 'at'> & { at: string | null })[] = [
    { id: 'created', at: createdAt, tone: 'waiting', title: 'created', detail: '' },
    { id: 'started', at: startedAt, tone: 'running', title: 'started', detail: 'A worker took the first task.' },
    {
      id: 'finished',
      at: finishedAt,
      tone: state === 'cancelled' ? 'cancelled' : 'completed',
      title: state,
      detail: describeCounts(counts),
    },
  ]
  return moments.flatMap((moment) => (moment.at === null ? [] : [{ ...moment, at: moment.at }]))
}

function interruptionMoment({ at, reason, message, counts }: Interruption): Moment {
  const detail = `${message} At that time: ${describeCounts(counts)}.`
  return { id: `interruption ${at}`, at, tone: 'interrupted', title: reason.replaceAll('_', ' '), detail }
}

function auditMoment({ id, at, operation, name, actor, reason, result, code }: AuditEntry): Moment {
  const who = name ?? actor
  const why = reason === null ? '' : `, because: ${reason}`
  const how = result === 'done' ? '' : ` It was ${result}: ${code}.`
  return { id, at, tone: result === 'done' ? 'waiting' : 'failed', title: operation, detail: `By ${who}${why}.${how}` }
}
