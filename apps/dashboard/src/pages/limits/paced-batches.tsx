import type { Batch } from '@sluice/client'
import { useTopic } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import { rate } from '../../format/numbers.ts'
import type { Tone } from '../../format/tones.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { type Column, Table } from '../../parts/table.tsx'

const TONES = { paused: 'interrupted', probing: 'interrupted', paced: 'delayed' } as const satisfies Record<
  string,
  Tone
>

/** A batch whose upstream has refused calls. */
type RefusedBatch = Batch & { upstreamWait: NonNullable<Batch['upstreamWait']> }

const COLUMNS: readonly Column<RefusedBatch>[] = [
  { title: 'Batch', value: ({ code }) => <bdi class="cut clip">{code}</bdi> },
  { title: 'Queue', isMinor: true, value: ({ queue }) => queue },
  { title: 'State', value: ({ upstreamWait: { state } }) => <Badge tone={TONES[state]}>{state}</Badge> },
  { title: 'Pace', isNumber: true, value: ({ upstreamWait: { startsPerSecond } }) => paceText(startsPerSecond) },
  {
    title: 'Why',
    isWide: true,
    isMinor: true,
    value: ({ upstreamWait: { message } }) => <span title={message}>{message}</span>,
  },
]

/**
 * The batches that no limit holds back, and whose upstream has refused calls: each has learned a pace of its own. Nothing is
 * shown while there is none.
 */
export function PacedBatches() {
  const { data = [] } = useTopic(
    'batches',
    async (signal) => (await sluice.batches.list({ state: 'active', pageSize: 200 }, { signal, maxRetries: 0 })).rows,
    may('batches:read'),
  )
  const refused = data.filter((batch): batch is RefusedBatch => batch.upstreamWait !== null)
  if (refused.length === 0) return null
  return (
    <Card title="Batches that keep a pace of their own" isFlush>
      <Table
        label="Batches that keep a pace of their own"
        rows={refused}
        columns={COLUMNS}
        idOf={({ id }) => id}
        linkOf={({ id }) => `batches/${id}`}
      />
    </Card>
  )
}

function paceText(startsPerSecond: number | null): string {
  return startsPerSecond === null ? '–' : rate(startsPerSecond)
}
