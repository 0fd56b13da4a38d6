import { createBatch, putQueue, readResults, type CriteriaUpdate, type Engine, type Interruption } from '@sluice/engine'
import { percentile } from '@sluice/testing/benchmarks'
import { openArena } from '../speed/arena.ts'
import { untilBatch } from '../until-completed.ts'
import { startWorkers } from '../workers.ts'
import type { ProbePayload, Start } from './probe-handlers.ts'

/** A batch that meets one criterion: tasks succeed up to a known seq, and from there on fail or take long. */
interface Scenario {
  criterion: string
  criteria: CriteriaUpdate
  good: ProbePayload
  bad: ProbePayload
}

const instant = { takesMs: 0 }

const SCENARIOS: Scenario[] = [
  scenario('stopOn', { stopOn: ['auth'] }, instant, { takesMs: 0, failsWith: 401 }),
  scenario('maxBatchRuntimeMs', { maxBatchRuntimeMs: 300 }, { takesMs: 2 }, { takesMs: 2 }),
  scenario('taskTimeoutMs', { taskTimeoutMs: 50 }, instant, { takesMs: 5000 }),
  scenario('maxConsecutiveFailures', { maxConsecutiveFailures: 20 }, instant, { takesMs: 0, failsWith: 500 }),
  scenario('maxRateLimitHits', { maxRateLimitHits: 20 }, instant, { takesMs: 0, failsWith: 429 }),
  scenario('maxConcurrencyErrors', { maxConcurrencyErrors: 20 }, instant, { takesMs: 0, failsWith: 503 }),
  scenario('maxFailedTasks', { maxFailedTasks: 20 }, instant, { takesMs: 0, failsWith: 400 }),
  scenario('maxErrorRate', { maxErrorRate: 0.01 }, instant, { takesMs: 0, failsWith: 400 }),
]

function scenario(criterion: string, criteria: CriteriaUpdate, good: ProbePayload, bad: ProbePayload): Scenario {
  return { criterion, criteria, good, bad }
}

const TASKS = 20_000
const BAD_FROM = 4000
const WORKERS = 4
const SLOTS = 50

interface Trip {
  reason: string
  value: Interruption['value']
  threshold: Interruption['threshold']
  /** Tasks that started after the tripping outcome was recorded. */
  startedAfter: number
  /** Time from the tripping outcome to the last start on any worker, in ms. 0 if no task started after it. */
  lastStartMs: number
}

interface InterruptionRow extends Omit<Trip, 'lastStartMs'> {
  criterion: string
  trips: number
  p50Ms: number
  p99Ms: number
}

/**
 * Measures how long tasks keep starting after a batch has stopped itself: from the outcome that tripped the criterion
 * to the last start on any of 4 workers with 50 slots each.
 */
export async function benchInterruption(tripsEach: number): Promise<InterruptionRow[]> {
  await using arena = await openArena()
  const handlers = new URL('probe-handlers.ts', import.meta.url)
  const workers = { redisUrl: arena.redisUrl, count: WORKERS, concurrency: SLOTS, handlers }
  await putQueue(arena.engine, 'default', { concurrency: WORKERS * SLOTS })
  await using started = new AsyncDisposableStack()
  started.use(await startWorkers(workers))

  const rows: InterruptionRow[] = []
  for (const each of SCENARIOS) {
    const trips: Trip[] = []
    for (let i = 0; i < tripsEach; i++) trips.push(await tripOnce(arena.engine, each))
    rows.push(summarise(each.criterion, trips))
  }
  return rows
}

function summarise(criterion: string, trips: Trip[]): InterruptionRow {
  const last = trips.map(({ lastStartMs }) => lastStartMs)
  const { reason = '', value = null, threshold = null } = trips.at(-1) ?? {}
  return {
    criterion,
    trips: trips.length,
    reason,
    value,
    threshold,
    startedAfter: Math.max(...trips.map(({ startedAfter }) => startedAfter)),
    p50Ms: percentile(last, 0.5),
    p99Ms: percentile(last, 0.99),
  }
}

async function tripOnce(engine: Engine, { criteria, good, bad }: Scenario): Promise<Trip> {
  const goodTask = JSON.stringify({ payload: good })
  const badTask = JSON.stringify({ payload: bad })
  const { batch } = await createBatch(engine, {
    type: 'probe',
    concurrency: WORKERS * SLOTS,
    interruptionCriteria: criteria,
    tasks: Array.from({ length: TASKS }, (_, seq) => (seq < BAD_FROM ? goodTask : badTask)),
  })
  const stopped = await untilBatch(engine, batch.id, ({ state, counts }) => state !== 'active' && counts.running === 0)
  const cause = stopped.lastInterruption
  if (!cause) throw new Error(`Batch ${batch.id} was not interrupted: it is ${stopped.state}.`)

  const starts = await collectStarts(engine, batch.id)
  const after = starts.filter(([, at]) => at > cause.at.getTime() + 1)
  return {
    reason: cause.reason,
    value: cause.value,
    threshold: cause.threshold,
    startedAfter: after.length,
    lastStartMs: Math.max(0, ...after.map(([, at]) => at - cause.at.getTime())),
  }
}

/** Runs tasks that return the recorded starts, until every worker has run one. */
async function collectStarts(engine: Engine, batchId: string): Promise<Start[]> {
  const byProcess = new Map<number, Start[]>()
  while (byProcess.size < WORKERS) {
    const task = JSON.stringify({ payload: { batchId } })
    const { batch } = await createBatch(engine, { type: 'starts', concurrency: 200, tasks: Array(200).fill(task) })
    await untilBatch(engine, batch.id, ({ state }) => state === 'completed')
    for await (const results of readResults(engine, batch.id)) {
      for (const { resultText } of results) {
        const { pid, starts } = JSON.parse(resultText ?? 'null') as { pid: number; starts: Start[] }
        byProcess.set(pid, starts)
      }
    }
  }
  return [...byProcess.values()].flat()
}
