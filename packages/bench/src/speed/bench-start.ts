import { createBatch, putQueue, readTask, type Engine } from '@sluice/engine'
import { percentile } from '@sluice/testing/benchmarks'
import { ApiProcess } from './api-process.ts'
import { openArena, openField } from './arena.ts'
import type { BullmqContender } from './bullmq-contender.ts'
import { untilCompleted } from '../until-completed.ts'
import { setTimeout as sleep } from 'node:timers/promises'

const SUBMISSIONS = 100
const SLOTS = 50

/** When a task was submitted, when the submission was answered, and when the task started, in ms since the epoch. */
interface Start {
  calledAt: number
  answeredAt: number
  startedAt: number
}

/** Measures the latency from the submission of one task to its start while all workers are idle. */
export async function benchStart(): Promise<object[]> {
  await using arena = await openArena()
  await using field = await openField(arena, 1, SLOTS)
  await using api = await ApiProcess.start(arena.redisUrl)
  const { engine } = arena
  await putQueue(engine, 'default', { concurrency: SLOTS })

  const ways: Record<string, () => Promise<Start>> = {
    'POST /v1/batches': () => startOf(engine, () => api.create({ type: 'stamp', tasks: [{ payload: null }] })),
    createBatch: () => startOf(engine, () => create(engine)),
    'BullMQ add': () => startOfJob(field.bullmq),
  }
  const starts = new Map<string, Start[]>(Object.keys(ways).map((name) => [name, []]))
  for (let i = -SUBMISSIONS / 10; i < SUBMISSIONS; i += 1) {
    for (const [name, submit] of Object.entries(ways)) {
      const start = await submit()
      if (i >= 0) starts.get(name)?.push(start)
    }
  }
  return [...starts].map(([way, each]) => row(way, each))
}

function row(way: string, starts: readonly Start[]): object {
  const fromCall = starts.map(({ calledAt, startedAt }) => startedAt - calledAt)
  const fromAnswer = starts.map(({ answeredAt, startedAt }) => startedAt - answeredAt)
  return {
    way,
    submissions: starts.length,
    'from the call: p50, ms': percentile(fromCall, 0.5),
    'from the call: p99, ms': percentile(fromCall, 0.99),
    'from the answer: p50, ms': percentile(fromAnswer, 0.5),
    'from the answer: p99, ms': percentile(fromAnswer, 0.99),
  }
}

async function create(engine: Engine): Promise<string> {
  const { batch } = await createBatch(engine, { type: 'stamp', tasks: ['{"payload":null}'] })
  return batch.id
}

async function startOf(engine: Engine, submit: () => Promise<string>): Promise<Start> {
  const calledAt = performance.timeOrigin + performance.now()
  const id = await submit()
  const answeredAt = performance.timeOrigin + performance.now()
  await untilCompleted(engine, id)
  const { result } = await readTask(engine, id, 0)
  return { calledAt, answeredAt, startedAt: Number(result) }
}

async function startOfJob({ queue }: BullmqContender): Promise<Start> {
  const calledAt = performance.timeOrigin + performance.now()
  const { id = '' } = await queue.add('stamp', null)
  const answeredAt = performance.timeOrigin + performance.now()
  for (;;) {
    const job = await queue.getJob(id)
    if (job?.finishedOn) return { calledAt, answeredAt, startedAt: Number(job.returnvalue) }
    await sleep(5)
  }
}
