import type { Batch } from '@sluice/client'
import { useTopic } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import type { Query } from '../../data/use-query.ts'
import { rate } from '../../format/numbers.ts'
import type { Tone } from '../../format/tones.ts'
import { Badge } from '../../parts/badge.tsx'
import { List } from '../../parts/list.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
import { Until } from '../../parts/time.tsx'

const UPSTREAM_TONES = { paused: 'interrupted', probing: 'interrupted', paced: 'delayed' } as const satisfies Record<
  string,
  Tone
>

/** The active batches, the newest two hundred, and what each waits for. */
export function useActiveBatches(): Query<Batch[]> {
  const query = useTopic(
    'batches',
    async (signal) => (await sluice.batches.list({ state: 'active', pageSize: 200 }, { signal, maxRetries: 0 })).rows,
    may('batches:read'),
  )
  return { ...query, data: query.data?.filter(({ state }) => state === 'active') }
}

/** Whether a batch waits for a limit. */
export function waitsFor({ limitWait }: Batch, limit: string): boolean {
  return limitWait?.limit === limit
}

const CODE: Column<Batch> = { title: 'Batch', value: ({ code }) => <bdi class="cut clip">{code}</bdi> }
const QUEUE: Column<Batch> = { title: 'Queue', isMinor: true, value: ({ queue }) => queue }
const RATE: Column<Batch> = { title: 'Rate', isNumber: true, value: ({ ratePerSecond }) => rate(ratePerSecond) }
const NEXT_START: Column<Batch> = {
  title: 'Next start',
  isNumber: true,
  value: ({ limitWait }) => (limitWait?.nextStartAt == null ? '–' : <Until at={limitWait.nextStartAt} />),
}

const OF_ALL: readonly Column<Batch>[] = [
  CODE,
  QUEUE,
  { title: 'Held back by', value: (batch) => <HeldBy batch={batch} /> },
  RATE,
  { title: 'Pace', isNumber: true, isMinor: true, value: paceText },
  {
    title: 'Why',
    isWide: true,
    value: ({ limitWait, upstreamWait }) => <span class="prose">{(limitWait ?? upstreamWait)?.message}</span>,
  },
]

/** The batches that a limit holds back, and those without one that keep a pace of their own because their upstream refuses calls. */
export function HeldBatches({ batches: { data, error } }: { batches: Query<Batch[]> }) {
  return (
    <List
      title="Batches that are held back"
      label="Batches that are held back"
      rows={data?.filter(({ limitWait, upstreamWait }) => limitWait !== null || upstreamWait !== null)}
      error={error}
      columns={OF_ALL}
      idOf={({ id }) => id}
      linkOf={({ id }) => `batches/${id}`}
      empty={
        <Empty title="No batch is held back">
          <p>
            No active batch waits for a limit, or for an upstream that refuses calls. If one is slow, its page says what
            else it waits for.
          </p>
        </Empty>
      }
    />
  )
}

/** The batches that wait for one limit. */
export function WaitingBatches({ limit, batches: { data, error } }: { limit: string; batches: Query<Batch[]> }) {
  return (
    <List
      title="Batches that wait for it"
      label="Batches that wait for the limit"
      rows={data?.filter((batch) => waitsFor(batch, limit))}
      error={error}
      columns={[{ title: 'Batch', isWide: true, value: ({ code }) => <bdi>{code}</bdi> }, QUEUE, RATE, NEXT_START]}
      idOf={({ id }) => id}
      linkOf={({ id }) => `batches/${id}`}
      empty={
        <Empty title="No batch waits for it">
          <p>The limit has room for all that its queues start.</p>
        </Empty>
      }
    />
  )
}

function HeldBy({ batch: { limitWait, upstreamWait } }: { batch: Batch }) {
  if (limitWait !== null) return <>limit {limitWait.limit}</>
  return upstreamWait && <Badge tone={UPSTREAM_TONES[upstreamWait.state]}>{upstreamWait.state}</Badge>
}

function paceText({ upstreamWait }: Batch): string {
  const { startsPerSecond = null } = upstreamWait ?? {}
  return startsPerSecond === null ? '–' : rate(startsPerSecond)
}
