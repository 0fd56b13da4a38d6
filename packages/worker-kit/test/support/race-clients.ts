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
import type { WorkerEvent } from '../../src/worker-scope.ts'
import { submit, until, type StartWorker } from './worker-test.ts'

const CLIENTS = 8
const TASKS = 1500

/** What happened in the race. */
export interface RaceResult {
  batches: number
  interruptions: number
  looks: number
}

/**
 * Lets eight clients interrupt, resume, retry and cancel a batch at random while two workers run it. Checks that the
 * counts always add up, that no task is recorded as completed twice, and that the batch finishes.
 */
export async function raceClients(engine: Engine, startWorker: StartWorker, durationMs: number): Promise<RaceResult> {
  let completions = 0
  const observe = (event: WorkerEvent) => {
    if (event.kind === 'attempt' && event.outcome === 'completed') completions += 1
  }
  const work = async () => {
    await sleep(1)
    if (Math.random() < 0.2) throw new Error('random failure')
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
    const isTimeUp = () => performance.now() > endsAt
    const watching = watch(engine, id, isTimeUp, result)
    await Promise.all(Array.from({ length: CLIENTS }, () => meddle(engine, id, isTimeUp)))
    await watching
    const batch = await finish(engine, id)
    expect(batch.counts.completed, 'recorded completions, compared with those observed').toBe(completions)
    result.batches += 1
    result.interruptions += await checkRows(engine, id)
  }
  return result
}

/** One client, until the batch is cancelled or the time is up. */
async function meddle(engine: Engine, id: string, isTimeUp: () => boolean): Promise<void> {
  while (!isTimeUp()) {
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

async function watch(engine: Engine, id: string, isTimeUp: () => boolean, result: RaceResult): Promise<void> {
  while (!isTimeUp()) {
    const { counts, state } = await readBatch(engine, id)
    const { total, ...states } = counts
    expect(Object.values(states).reduce((sum, count) => sum + count, 0)).toBe(total)
    expect(Object.values(states).filter((count) => count < 0)).toEqual([])
    result.looks += 1
    if (state === 'cancelled') return
  }
}

/** Lets the batch finish, and resumes it whenever it stops. */
async function finish(engine: Engine, id: string): Promise<Batch> {
  await until(async () => {
    const { state, counts } = await readBatch(engine, id)
    if (state === 'interrupted') await resumeBatch(engine, id).catch(ignoreRefusal)
    return (state === 'completed' || state === 'cancelled') && counts.running === 0
  }, 30_000)
  return await readBatch(engine, id)
}

/** Checks that each interruption has one cause and that its counts add up. */
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
