import type { Batch, Mark as SeriesMark } from '@sluice/client'
import type { Sample } from '../../data/batch-samples.ts'
import { criterionOf, criterionValue } from '../../format/criteria.ts'
import { count, rate } from '../../format/numbers.ts'
import { duration } from '../../format/durations.ts'
import type { Tone } from '../../format/tones.ts'
import { Chart, type Line, type Mark } from '../../parts/chart.tsx'
import type { LimitOfQueue } from './limit-of-queue.ts'

const MARK_TONES: Readonly<Record<SeriesMark['kind'], Tone>> = {
  started: 'waiting',
  interrupted: 'interrupted',
  resumed: 'running',
  retried: 'delayed',
  changed: 'cancelled',
  finished: 'completed',
}

/** What the batch does now, in four charts over the same time. */
export function LiveTab({
  batch,
  samples,
  marks: moments,
  limit,
}: {
  batch: Batch
  samples: readonly Sample[]
  marks: readonly SeriesMark[]
  limit: LimitOfQueue
}) {
  const times = samples.map(({ at }) => at)
  const marks = moments.map(({ kind, at, reason }) => ({
    at: Date.parse(at),
    title: (reason ?? kind).replaceAll('_', ' '),
    tone: MARK_TONES[kind],
  }))
  return (
    <div class="charts">
      <Outcomes samples={samples} times={times} marks={marks} limit={limit} batch={batch} />
      <Running samples={samples} times={times} marks={marks} />
      <Criteria samples={samples} times={times} marks={marks} batch={batch} />
      <Durations samples={samples} times={times} marks={marks} />
    </div>
  )
}

interface ChartOf {
  samples: readonly Sample[]
  times: readonly number[]
  marks: readonly Mark[]
}

function Outcomes({ samples, times, marks, limit, batch }: ChartOf & { limit: LimitOfQueue; batch: Batch }) {
  const { allowedPerSecond: allowed } = limit
  const lines: Line[] = [
    { title: 'completed', tone: 'completed', values: samples.map(({ completedPerSecond }) => completedPerSecond) },
    { title: 'failed', tone: 'failed', values: samples.map(({ failedPerSecond }) => failedPerSecond) },
  ]
  if (allowed !== undefined) {
    lines.push({ title: 'limit', tone: 'interrupted', isBound: true, values: allowedValues(samples, limit) })
  }
  const bound = allowed === undefined ? '' : ` The limit allows ${rate(allowed)}.`
  const now = batch.state === 'active' ? `Tasks finish at ${rate(batch.ratePerSecond)}.` : 'No task finishes now.'
  const summary = now + bound
  return <Chart title="Outcomes per second" summary={summary} times={times} lines={lines} marks={marks} format={rate} />
}

/** What the limit allowed: as the page has seen it, and before that as far back as it is known to be the same. */
function allowedValues(samples: readonly Sample[], { allowedPerSecond: now, since }: LimitOfQueue) {
  const first = samples.find(({ allowedPerSecond }) => allowedPerSecond !== null)?.allowedPerSecond ?? now ?? null
  return samples.map(({ at, allowedPerSecond }) =>
    allowedPerSecond === null && since !== null && at >= since ? first : allowedPerSecond,
  )
}

function Running({ samples, times, marks }: ChartOf) {
  const last = samples.at(-1)
  const of = last?.concurrency === null || last === undefined ? '' : ` of ${count(last.concurrency)}`
  return (
    <Chart
      title="Running tasks"
      summary={`${count(last?.running ?? 0)}${of} run now.`}
      times={times}
      marks={marks}
      format={count}
      lines={[
        { title: 'running', tone: 'running', values: samples.map(({ running }) => running) },
        { title: 'concurrency', tone: 'waiting', isBound: true, values: samples.map(({ concurrency }) => concurrency) },
      ]}
    />
  )
}

const CRITERION_TONES: readonly Tone[] = ['failed', 'interrupted', 'delayed', 'running', 'cancelled']

function Criteria({ samples, times, marks, batch }: ChartOf & { batch: Batch }) {
  const rows = batch.headroom.flatMap((row) => {
    const criterion = criterionOf(row.criterion)
    return criterion === undefined ? [] : [{ ...row, shape: criterion }]
  })
  const nearest = rows.toSorted((a, b) => share(b) - share(a))[0]
  const summary =
    nearest === undefined
      ? 'No criterion with a threshold stops this batch.'
      : `Nearest: ${nearest.shape.title.toLowerCase()}, ${criterionValue(nearest.shape, nearest.value)} of ${criterionValue(nearest.shape, nearest.threshold)}.`
  return (
    <Chart
      title="Criteria, as a share of their thresholds"
      summary={summary}
      times={times}
      marks={marks}
      format={(value) => `${Math.round(value * 100)} %`}
      lines={[
        ...shownCriteria(samples, batch).map((shape, index) => ({
          title: shape.title,
          tone: CRITERION_TONES[index % CRITERION_TONES.length] ?? 'failed',
          values: samples.map(({ criteria }) => criteria[shape.name] ?? null),
        })),
        { title: 'stops the batch', tone: 'failed', isBound: true, values: samples.map(() => 1) },
      ]}
    />
  )
}

/** The criteria that the batch has, or had. */
function shownCriteria(samples: readonly Sample[], { headroom }: Batch) {
  const names = new Set(headroom.map(({ criterion }) => criterion))
  for (const { criteria } of samples) for (const name of Object.keys(criteria)) names.add(name)
  return [...names].flatMap((name) => criterionOf(name) ?? [])
}

function share({ value, threshold }: { value: number; threshold: number }): number {
  return threshold === 0 ? 0 : value / threshold
}

function Durations({ samples, times, marks }: ChartOf) {
  const last = samples.findLast(({ p50Ms }) => p50Ms !== null)
  const summary =
    last === undefined || last.p50Ms === null || last.p95Ms === null
      ? 'No attempt has ended lately.'
      : `Half of the attempts took up to ${duration(last.p50Ms)} lately, and 95 of 100 up to ${duration(last.p95Ms)}.`
  return (
    <Chart
      title="Duration of attempts"
      summary={summary}
      times={times}
      marks={marks}
      isLogarithmic
      format={duration}
      lines={[
        { title: 'p50', tone: 'running', values: samples.map(({ p50Ms }) => p50Ms) },
        { title: 'p95', tone: 'delayed', values: samples.map(({ p95Ms }) => p95Ms) },
      ]}
    />
  )
}
