import type { Engine } from '../engine.ts'
import { BatchNotFoundError } from '../errors.ts'
import { decodeCriteria } from '../model/criteria.ts'
import { headroomOf } from '../model/headroom.ts'
import { decodeInterruption } from '../model/interruption.ts'
import type { CriterionShares, Mark, MarkKind, Sample, Series } from '../model/series.ts'
import { FIRST_PERIOD_MS, unpackSamples } from './packed-samples.ts'
import { percentilesOf } from './percentiles.ts'

/** Numbers of hashes by field. */
type Numbers = (field: string) => number

/** Reads how a batch went on over time. Throws `BatchNotFoundError`. */
export async function readSeries(engine: Engine, batchId: string): Promise<Series> {
  const stored = await readStored(engine, batchId)
  if (stored.meta.state === undefined || stored.meta.deleting !== undefined) throw new BatchNotFoundError(batchId)
  const meta = numbersOf(stored.meta)
  const base = numbersOf(stored.base)
  const periodMs = base('period') || FIRST_PERIOD_MS
  const past = unpackSamples(stored.packed ?? Buffer.alloc(0), meta('started_at'))
  const samples = meta('sample_at') === 0 ? [] : withPresent(past, presentSample(meta, base, stored))
  return { periodMs, samples, marks: marksOf(meta, stored) }
}

interface Stored {
  meta: Record<string, string>
  base: Record<string, string>
  packed: Buffer | null
  timings: Record<string, string>
  criteria: Record<string, string>
  marks: string[]
  interruptions: string[]
}

/** Reads all keys, again if a sample was taken meanwhile: then they would not fit together. */
async function readStored(engine: Engine, batchId: string): Promise<Stored> {
  const { redis, keys } = engine
  const batch = keys.batch(batchId)
  for (;;) {
    const [meta, base, packed, timings, criteria, marks, interruptions, sampleAt] = await Promise.all([
      redis.hgetall(batch.meta),
      redis.hgetall(batch.series_base),
      redis.getBuffer(batch.series),
      redis.hgetall(batch.timings),
      redis.hgetall(batch.criteria),
      redis.lrange(batch.marks, 0, -1),
      redis.lrange(batch.interruptions, 0, -1),
      redis.hget(batch.meta, 'sample_at'),
    ])
    if (sampleAt !== (meta.sample_at ?? null)) continue
    return { meta, base, packed, timings, criteria, marks, interruptions }
  }
}

function numbersOf(fields: Record<string, string>): Numbers {
  return (field) => Number(fields[field] ?? 0)
}

/** The sample of the period that has not ended, or after which no turn was taken: what was recorded since the last one. */
function presentSample(meta: Numbers, base: Numbers, { timings, criteria, base: before }: Stored): Sample {
  const since = (counter: string) => Math.max(0, meta(counter) - base(counter))
  const running = meta('started')
  const durations = percentilesOf(countsSince(timings, before), 'execution', meta('longest_execution'))
  return {
    at: new Date(meta('sample_at') - (base('period') || FIRST_PERIOD_MS)),
    completed: since('completed'),
    failed: since('failed'),
    retried: since('retries'),
    postponed: since('postponements'),
    running,
    waiting: meta('pending') + meta('delayed') + meta('running') - running,
    p50Ms: durations.count === 0 ? null : durations.p50,
    p95Ms: durations.count === 0 ? null : durations.p95,
    concurrency: meta('tickets'),
    criteria: presentShares(meta, criteria),
  }
}

function presentShares(number: Numbers, criteria: Record<string, string>): CriterionShares {
  const rows = headroomOf(decodeCriteria(criteria), { number, now: Date.now() })
  return Object.fromEntries(
    rows.map(({ criterion, value, threshold }) => [criterion, value / Math.max(threshold, 1e-9)]),
  )
}

function countsSince(counts: Record<string, string>, before: Record<string, string>): Record<string, string> {
  const differences = Object.entries(counts).map(([field, count]) => [
    field,
    Number(count) - Number(before[field] ?? 0),
  ])
  return Object.fromEntries(differences.filter(([, count]) => Number(count) > 0)) as Record<string, string>
}

/** After the period was doubled, the last sample may be one of the present period. */
function withPresent(past: Sample[], present: Sample): Sample[] {
  const last = past.at(-1)
  if (last?.at.getTime() !== present.at.getTime()) return [...past, present]
  return [
    ...past.slice(0, -1),
    {
      ...present,
      completed: last.completed + present.completed,
      failed: last.failed + present.failed,
      retried: last.retried + present.retried,
      postponed: last.postponed + present.postponed,
      p50Ms: present.p50Ms ?? last.p50Ms,
      p95Ms: present.p95Ms ?? last.p95Ms,
    },
  ]
}

function marksOf(meta: Numbers, { marks, interruptions }: Stored): Mark[] {
  const found: Mark[] = marks.map((mark) => {
    const [kind, at] = mark.split(' ')
    return { kind: kind as MarkKind, at: new Date(Number(at)), reason: null }
  })
  for (const { at, reason } of interruptions.map(decodeInterruption)) found.push({ kind: 'interrupted', at, reason })
  if (meta('started_at') > 0) found.push({ kind: 'started', at: new Date(meta('started_at')), reason: null })
  if (meta('finished_at') > 0) found.push({ kind: 'finished', at: new Date(meta('finished_at')), reason: null })
  return found.toSorted((a, b) => a.at.getTime() - b.at.getTime())
}
