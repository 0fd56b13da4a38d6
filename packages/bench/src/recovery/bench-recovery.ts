import { createBatch, listTasks, putQueue, type Engine, type Task } from '@sluice/engine'
import { percentile } from '@sluice/testing/benchmarks'
import type { RunningProcess } from '@sluice/testing/servers'
import { setTimeout as sleep } from 'node:timers/promises'
import { openArena, type Arena } from '../speed/arena.ts'
import type { Row } from '../speed/contender.ts'
import { untilBatch, untilCompleted } from '../until-completed.ts'
import { startWorker } from '../workers.ts'
import type { RecoveryPayload, RecoveryResult } from './recovery-handlers.ts'

const handlers = new URL('recovery-handlers.ts', import.meta.url)

const WORKERS = 4
const SLOTS_EACH = 20

/** A quarter of the slots is free, so that the tasks of a dead worker need not wait for others to end. */
const CONCURRENCY = 60
const TASK_MS = 1000

/** Shorter than what a worker may be silent for. */
const FREEZE_MS = 2500
const BLOCK_MS = 12_000

/** The workers of the benchmark. A dead one is replaced. */
type Fleet = RunningProcess[]

/** Kills workers that run a batch, and replaces them. Returns from when recovery is measured, in ms since the epoch. */
type Harm = (arena: Arena, fleet: Fleet) => Promise<number>

const DEATHS: Record<string, Harm> = {
  'one of four workers killed': async (arena, fleet) => {
    const at = Date.now()
    await fleet.shift()?.kill()
    fleet.push(await openWorker(arena))
    return at
  },
  'all four workers killed, from when others are ready': async (arena, fleet) => {
    await Promise.all(fleet.splice(0).map((worker) => worker.kill()))
    fleet.push(...(await openWorkers(arena)))
    return Date.now()
  },
}

/**
 * Measures how soon the tasks of dead workers run again, and how many tasks workers lose that are frozen or blocked for a
 * short time.
 *
 * @param times How often each harm is done.
 */
export async function benchRecovery(times: number): Promise<Row[]> {
  await using arena = await openArena()
  await putQueue(arena.engine, 'default', { concurrency: CONCURRENCY })
  const fleet = await openWorkers(arena)
  const rows: Row[] = []
  for (const [what, harm] of Object.entries(DEATHS)) rows.push(await measureDeaths(arena, fleet, { what, harm, times }))
  rows.push(await measureFreezes(arena, fleet, times), await measureBlocks(arena, Math.ceil(times / WORKERS)))
  await Promise.all(fleet.map((worker) => worker.kill()))
  return rows
}

async function measureDeaths(
  arena: Arena,
  fleet: Fleet,
  { what, harm, times }: { what: string; harm: Harm; times: number },
): Promise<Row> {
  const rerunMs: number[] = []
  for (let i = 0; i < times; i += 1) {
    const id = await startTasks(arena.engine, 'wait', { takesMs: TASK_MS }, CONCURRENCY)
    await sleep(Math.random() * TASK_MS * 0.5)
    const at = await harm(arena, fleet)
    await untilCompleted(arena.engine, id)
    rerunMs.push(...(await tasksRunAgain(arena.engine, id)).map((task) => startOf(task) - at))
  }
  return {
    what,
    times,
    'tasks run again': rerunMs.length,
    'p50 ms': percentile(rerunMs, 0.5),
    'p99 ms': percentile(rerunMs, 0.99),
    'maximum ms': percentile(rerunMs, 1),
  }
}

async function measureFreezes(arena: Arena, fleet: Fleet, times: number): Promise<Row> {
  let lost = 0
  for (let i = 0; i < times; i += 1) {
    const id = await startTasks(arena.engine, 'wait', { takesMs: TASK_MS }, CONCURRENCY)
    const { pid = 0 } = fleet[i % WORKERS] ?? {}
    process.kill(pid, 'SIGSTOP')
    await sleep(FREEZE_MS)
    process.kill(pid, 'SIGCONT')
    await untilCompleted(arena.engine, id)
    lost += (await tasksRunAgain(arena.engine, id)).length
  }
  return { what: `a worker frozen for ${FREEZE_MS} ms`, times, 'tasks run again': lost }
}

/** Each process runs one handler that blocks it, next to tasks of another batch. */
async function measureBlocks({ engine }: Arena, rounds: number): Promise<Row> {
  let lost = 0
  for (let i = 0; i < rounds; i += 1) {
    const others = await startTasks(engine, 'wait', { takesMs: TASK_MS }, CONCURRENCY - WORKERS)
    const blocking = await startTasks(engine, 'block', { takesMs: BLOCK_MS }, WORKERS)
    for (const id of [others, blocking]) {
      await untilCompleted(engine, id)
      lost += (await tasksRunAgain(engine, id)).length
    }
  }
  return { what: `handlers that block for ${BLOCK_MS} ms`, times: rounds * WORKERS, 'tasks run again': lost }
}

/** Submits tasks, and waits until all of them run. */
async function startTasks(engine: Engine, type: string, payload: RecoveryPayload, count: number): Promise<string> {
  const tasks = Array.from({ length: count }, () => JSON.stringify({ payload }))
  const { batch } = await createBatch(engine, { type, tasks })
  await untilBatch(engine, batch.id, ({ counts }) => counts.running + counts.completed === count)
  return batch.id
}

async function tasksRunAgain(engine: Engine, id: string): Promise<Task[]> {
  const { tasks } = await listTasks(engine, id, { pageSize: CONCURRENCY })
  return tasks.filter(({ attempts }) => attempts > 1)
}

function startOf({ result }: Task): number {
  return (result as RecoveryResult).startedAt
}

async function openWorkers(arena: Arena): Promise<Fleet> {
  return await Promise.all(Array.from({ length: WORKERS }, () => openWorker(arena)))
}

function openWorker({ redisUrl }: Arena): Promise<RunningProcess> {
  return startWorker({ redisUrl, concurrency: SLOTS_EACH }, { SLUICE_HANDLERS: handlers.pathname })
}
