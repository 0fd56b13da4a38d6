import type { Batch, System } from '@sluice/client'
import type { ComponentChildren } from 'preact'
import { ticks, useTopic } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import { useHeldRows } from '../../data/use-held-rows.ts'
import { bytes, count, percent, rate } from '../../format/numbers.ts'
import { duration } from '../../format/durations.ts'
import { Card } from '../../parts/card.tsx'
import { Chart } from '../../parts/chart.tsx'
import { NewRows } from '../../parts/new-rows.tsx'
import { Empty, Problem, Skeleton } from '../../parts/notes.tsx'
import { PageLink } from '../../parts/page-link.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { BatchProgress } from '../../parts/task-progress.tsx'
import { Until } from '../../parts/time.tsx'
import { type Need, needsOfBatches, needsOfLimits, needsOfQueues, needsOfSystem } from './needs.ts'

const SHOWN = 20

/** The most that a topic of the stream has, too. */
const MAX_ROWS = 200

const COLUMNS: readonly Column<Batch>[] = [
  { title: 'Batch', isWide: true, value: ({ code }) => <bdi>{code}</bdi> },
  { title: 'Queue', isMinor: true, value: ({ queue }) => queue },
  { title: 'Progress', value: (batch) => <BatchProgress batch={batch} /> },
  { title: 'Running', isNumber: true, value: ({ counts }) => count(counts.running) },
  { title: 'Rate', isNumber: true, isMinor: true, value: ({ ratePerSecond }) => rate(ratePerSecond) },
  { title: 'Left', isNumber: true, isMinor: true, value: ({ etaMs }) => (etaMs === null ? '–' : duration(etaMs)) },
]

/** What needs a person now, and what runs. */
export function OverviewPage() {
  useTitle('Overview')
  const options = (signal: AbortSignal) => ({ signal, maxRetries: 0 })
  const all = useTopic('batches', async (signal) => {
    const states = ['active', 'interrupted'] as const
    const pages = await Promise.all(
      states.map((state) => sluice.batches.list({ state, pageSize: MAX_ROWS }, options(signal))),
    )
    return pages.flatMap(({ rows }) => rows)
  })
  const limits = useTopic(
    'limits',
    async (signal) => (await sluice.limits.list({}, options(signal))).rows,
    may('limits:read'),
  )
  const queues = useTopic(
    'queues',
    async (signal) => (await sluice.queues.list({}, options(signal))).rows,
    may('queues:read'),
  )
  const systems = useTopic('system', async (signal) => [await sluice.system.get(options(signal))], may('system:read'))
  const error = [all, limits, queues, systems].find((one) => one.error !== undefined)?.error
  const isComplete = [all, limits, queues, systems].every(({ data }) => data !== undefined)
  const system = systems.data?.[0]
  const active = all.data?.filter(({ state }) => state === 'active').toSorted(byProgress)
  const interrupted = all.data?.filter(({ state }) => state === 'interrupted') ?? []
  const needs = [
    ...(system === undefined ? [] : needsOfSystem(system)),
    ...needsOfQueues(queues.data ?? []),
    ...needsOfLimits(limits.data ?? []),
    ...needsOfBatches(interrupted),
  ]

  return (
    <>
      <PageHead title="Overview" />
      {error !== undefined && <Problem error={error} />}
      {may('system:read') && <Fleet system={system} active={active} />}
      <Card title="Needs you now" isFlush>
        {isComplete ? <Needs needs={needs} /> : <Waiting />}
      </Card>
      <Rates />
      <Card title="Running batches" isFlush actions={<a href="batches?state=active">All active batches</a>}>
        {active === undefined ? <Waiting /> : <Running batches={active.slice(0, SHOWN)} />}
      </Card>
    </>
  )
}

function byProgress(a: Batch, b: Batch): number {
  return b.percent - a.percent
}

/** What the whole installation does, since the page was opened. */
function Rates() {
  const rows = ticks.value
  const last = rows.at(-1)
  const summary =
    last === undefined
      ? 'The figures begin when the page is opened.'
      : `Of all batches together, ${rate(last.completedPerSecond)} complete and ${rate(last.failedPerSecond)} fail now.`
  return (
    <Chart
      title="Finished tasks per second"
      summary={summary}
      times={rows.map(({ at }) => Date.parse(at))}
      format={rate}
      lines={[
        { title: 'completed', tone: 'completed', values: rows.map(({ completedPerSecond }) => completedPerSecond) },
        { title: 'failed', tone: 'failed', values: rows.map(({ failedPerSecond }) => failedPerSecond) },
      ]}
    />
  )
}

function Waiting() {
  return (
    <div class="card-body">
      <Skeleton lines={3} />
    </div>
  )
}

function Fleet({ system, active }: { system: System | undefined; active: readonly Batch[] | undefined }) {
  const sum = (value: (batch: Batch) => number) => active?.reduce((total, batch) => total + value(batch), 0)
  return (
    <dl class="tiles">
      <Tile
        title="Finished tasks"
        value={shown(
          sum(({ ratePerSecond }) => ratePerSecond),
          rate,
        )}
      />
      <Tile
        title="Running tasks"
        value={shown(
          sum(({ counts }) => counts.running),
          count,
        )}
      />
      <Tile title="Active batches" value={shown(system?.batches.active, count)} href="batches?state=active" />
      <Tile
        title="Interrupted batches"
        value={shown(system?.batches.interrupted, count)}
        href="batches?state=interrupted"
      />
      <Tile title="Workers" value={shown(system?.workers, count)} href="workers" />
      <Tile title="Memory of Redis" value={shown(system, memoryText)} href="system" />
    </dl>
  )
}

/** The largest share of its memory that a server uses, or what all use if none has a bound. */
function memoryText({ redis: { nodes } }: System): string {
  const shares = nodes.flatMap(({ usedBytes, maxBytes }) => (maxBytes === null ? [] : [usedBytes / maxBytes]))
  if (shares.length > 0) return percent(Math.max(...shares) * 100)
  return bytes(nodes.reduce((total, { usedBytes }) => total + usedBytes, 0))
}

function shown<Value>(value: Value | undefined, format: (value: Value) => string): string {
  return value === undefined ? '–' : format(value)
}

function Tile({ title, value, href }: { title: string; value: ComponentChildren; href?: string }) {
  return (
    <div class="card tile">
      <dt>
        <PageLink href={href}>{title}</PageLink>
      </dt>
      <dd class="big-number">{value}</dd>
    </div>
  )
}

function Needs({ needs }: { needs: readonly Need[] }) {
  if (needs.length === 0) {
    return (
      <Empty title="Nothing needs you">
        <p>Interrupted batches, paused limits, queues without a worker and a full Redis would appear here.</p>
      </Empty>
    )
  }
  return (
    <ul class="needs">
      {needs.map(({ id, tone, title, detail, href, until }) => (
        <li key={id} data-tone={tone}>
          <strong>
            <PageLink href={href}>{title}</PageLink>
          </strong>
          <span class="soft">
            {detail}{' '}
            {until !== undefined && (
              <>
                It ends <Until at={until} />.
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Running({ batches }: { batches: readonly Batch[] }) {
  const held = useHeldRows('active', batches, ({ id }) => id)
  if (held.rows.length === 0) {
    return (
      <Empty title="No batch is active">
        <p>
          Submit one from a shell with <code>sluice run calls.csv</code>, or with <code>POST /v1/batches</code>.
        </p>
      </Empty>
    )
  }
  return (
    <>
      {held.newRows > 0 && (
        <div class="card-body">
          <NewRows held={held} />
        </div>
      )}
      <Table
        label="Running batches"
        rows={held.rows}
        columns={COLUMNS}
        idOf={({ id }) => id}
        linkOf={({ id }) => `batches/${id}`}
        isGone={held.isGone}
      />
    </>
  )
}
