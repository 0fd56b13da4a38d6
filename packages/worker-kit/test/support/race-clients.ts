import {
  cancelBatch,
  interruptBatch,
  readBatch,
  readInterruptions,
  resumeBatch,
  retryTasks,
  SluiceError,
  type Batch,
  type Engine,
} from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { WorkerEvent } from '../../src/ticket/run-ticket.ts'
import { submit, until, type StartWorker } from './worker-test.ts'

const CLIENTS = 8
const TASKS = 1500

/** What the race came to. */
export interface RaceResult {
  batches: number
  interruptions: number
  looks: number
}

/**
 * Has eight clients interrupt, resume, retry and cancel a batch at random while two workers run it, and holds it to its
 * promises: the counts add up at every look, no task is completed twice on record, and the batch comes to its end.
 */
export async function raceClients(engine: Engine, startWorker: StartWorker, durationMs: number): Promise<RaceResult> {
  let completions = 0
  const observe = (event: WorkerEvent) => {
    if (event.kind === 'attempt' && event.outcome === 'completed') completions += 1
  }
  const work = async () => {
    await sleep(1)
    if (Math.random() < 0.2) throw new Error('by chance')
  }
  for (let i = 0; i < 2; i++) await startWorker({ handlers: { work }, concurrency: 10, observe })

  const result: RaceResult = { batches: 0, interruptions: 0, looks: 0 }
  const endsAt = performance.now() + durationMs
  while (performance.now() < endsAt) {
    completions = 0
    const id = await submit(engine, {
      count: TASKS,
      retry: { maxAttempts: 2, minDelayMs: 1, maxDelayMs: 20 },
      interruptionCriteria: { maxConsecutiveFailures: 6 },
    })
    const isOver = () => performance.now() > endsAt
    const watching = watch(engine, id, isOver, result)
    await Promise.all(Array.from({ length: CLIENTS }, () => meddle(engine, id, isOver)))
    await watching
    const batch = await bringToAnEnd(engine, id)
    expect(batch.counts.completed, 'completions on record, beside those reported').toBe(completions)
    result.batches += 1
    result.interruptions += await checkRows(engine, id)
  }
  return result
}

/** One client, until the batch is over or the time is up. */
async function meddle(engine: Engine, id: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const dice = Math.random()
    const action =
      dice < 0.002
        ? cancelBatch(engine, id)
        : dice < 0.3
          ? interruptBatch(engine, id, { abort: dice < 0.1 })
          : dice < 0.7
            ? resumeBatch(engine, id)
            : retryTasks(engine, id)
    await action.catch(ignoreRefusal)
    if ((await readBatch(engine, id)).state === 'cancelled') return
    await sleep(Math.random() * 20)
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof SluiceError)) throw error
}

async function watch(engine: Engine, id: string, isOver: () => boolean, result: RaceResult): Promise<void> {
  while (!isOver()) {
    const { counts, state } = await readBatch(engine, id)
    const { total, ...states } = counts
    expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(total)
    expect(Object.values(states).filter((count) => count < 0)).toEqual([])
    result.looks += 1
    if (state === 'cancelled') return
  }
}

/** Lets the batch run out by itself, resuming it whenever it stops. */
async function bringToAnEnd(engine: Engine, id: string): Promise<Batch> {
  await until(async () => {
    const { state, counts } = await readBatch(engine, id)
    if (state === 'interrupted') await resumeBatch(engine, id).catch(ignoreRefusal)
    return (state === 'completed' || state === 'cancelled') && counts.running === 0
  }, 30_000)
  return await readBatch(engine, id)
}

/** Each row has one cause, and its counts add up too. */
async function checkRows(engine: Engine, id: string): Promise<number> {
  const rows = await readInterruptions(engine, id)
  for (const { reason, value, counts } of rows) {
    const { total, ...states } = counts
    expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(total)
    expect([
      ['manual', null],
      ['consecutive_failures_exceeded', 6],
    ]).toContainEqual([reason, value])
  }
  return rows.length
}
