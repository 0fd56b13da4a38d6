import { createBatch, deleteBatch, cancelBatch, putLimit, putQueue, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '@sluice/testing/benchmarks'
import { untilBatch, untilCompleted } from '../until-completed.ts'
import { startWorkers } from '../workers.ts'

const TASKS = 4000
const TASK_MS = 5
const SLOTS = 20
const WAITING = 200

/**
 * Measures whether a queue under an exhausted limit slows another queue of the same worker. It compares the time of a
 * batch beside 200 tickets that wait for one call per minute with its time alone. Runs alternate: A B B A.
 */
export async function benchNeighbour(engine: Engine, redisUrl: string, runs: number): Promise<object[]> {
  await using workers = await startWorkers({
    redisUrl,
    count: 1,
    concurrency: SLOTS,
    handlers: new URL('../interruption/probe-handlers.ts', import.meta.url),
  })
  void workers
  await putLimit(engine, 'exhausted', { rules: [{ unit: 'requests', max: 1, perMs: 60_000 }] })
  await putQueue(engine, 'limited', { limit: 'exhausted', concurrency: WAITING })
  await putQueue(engine, 'free', { concurrency: SLOTS })
  await timeBatch(engine)
  const times = { alone: [] as number[], beside: [] as number[] }
  for (let run = 0; run < runs; run += 1) {
    const order = run % 2 === 0 ? (['alone', 'beside'] as const) : (['beside', 'alone'] as const)
    for (const how of order) times[how].push(how === 'alone' ? await timeBatch(engine) : await besideWaiting(engine))
  }
  const [alone, beside] = [percentile(times.alone, 0.5), percentile(times.beside, 0.5)]
  return [
    {
      runs,
      'alone, ms': alone,
      'beside 200 waiting tickets, ms': beside,
      'slower by %': Math.round((beside / alone - 1) * 1000) / 10,
    },
  ]
}

async function besideWaiting(engine: Engine): Promise<number> {
  const id = await submit(engine, 'limited', WAITING)
  // By then, every ticket has been refused a permit.
  await sleep(3000)
  const ms = await timeBatch(engine)
  await cancelBatch(engine, id)
  await untilBatch(engine, id, ({ state }) => state === 'cancelled')
  await deleteBatch(engine, id)
  return ms
}

async function timeBatch(engine: Engine): Promise<number> {
  const startedAt = performance.now()
  await untilCompleted(engine, await submit(engine, 'free', TASKS))
  return performance.now() - startedAt
}

async function submit(engine: Engine, queue: string, count: number): Promise<string> {
  const task = JSON.stringify({ payload: { takesMs: TASK_MS } })
  const { batch } = await createBatch(engine, { type: 'probe', queue, tasks: Array<string>(count).fill(task) })
  return batch.id
}
