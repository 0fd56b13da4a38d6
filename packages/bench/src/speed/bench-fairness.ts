import { cancelBatch, createBatch, putQueue, readBatch, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { openArena, openField } from './arena.ts'
import type { BullmqContender } from './bullmq-contender.ts'
import { spread } from './contender.ts'
import { untilCompleted } from '../until-completed.ts'

const SLOTS = 50
const SMALL = 100

/** Tasks of the large batch: so many that it outlasts the small one. */
const LARGE = 100_000

/** How long BullMQ's large batch takes alone, in ms. BullMQ runs jobs in order, so a longer one only adds to that. */
const PEER_LARGE_MS = 4000

/** Durations of a task, in ms: below and above a quantum of 250 ms. */
const TASK_MS = [5, 50, 500, 1000]

/** How long the large batch has all slots before the small one arrives, in ms. */
const HEAD_START_MS = 1500

/** Compares the time of a batch of 100 tasks behind a large one with its time alone on half of the slots. */
export async function benchFairness(runs: number): Promise<object[]> {
  await using arena = await openArena()
  await using field = await openField(arena, 1, SLOTS)
  const { engine } = arena
  await putQueue(engine, 'default', { concurrency: SLOTS })
  const once = async (takesMs: number): Promise<Times> => ({
    alone: await timeAlone(engine, takesMs),
    behind: await timeBehind(engine, takesMs),
    peer: await timeOfPeer(field.bullmq, takesMs),
  })
  // V8 compiles during the first run, so it does not count.
  await once(5)
  const rows: object[] = []
  for (const takesMs of TASK_MS) {
    const times: Times[] = []
    for (let run = 0; run < runs; run += 1) times.push(await once(takesMs))
    rows.push(row(takesMs, times))
  }
  return rows
}

/** Times of the small batch, in ms. */
interface Times {
  alone: number
  behind: number
  peer: number
}

function row(takesMs: number, times: readonly Times[]): object {
  const behind = spread(times.map((each) => each.behind))
  const share = spread(times.map((each) => each.behind / each.alone))
  return {
    'task, ms': takesMs,
    runs: times.length,
    'alone on 25 slots, ms': spread(times.map(({ alone }) => alone)).median,
    'behind, ms': behind.median,
    range: behind.range,
    'times alone': share.median,
    'range of times': share.range,
    'BullMQ, behind 4 s of jobs, ms': spread(times.map(({ peer }) => peer)).median,
  }
}

async function submit(engine: Engine, takesMs: number, count: number, concurrency?: number): Promise<string> {
  const tasks = Array.from({ length: count }, () => JSON.stringify({ payload: { takesMs } }))
  const { batch } = await createBatch(engine, { type: 'timed', tasks, concurrency })
  return batch.id
}

async function timeAlone(engine: Engine, takesMs: number): Promise<number> {
  const from = performance.now()
  await untilCompleted(engine, await submit(engine, takesMs, SMALL, SLOTS / 2))
  return performance.now() - from
}

async function timeBehind(engine: Engine, takesMs: number): Promise<number> {
  const large = await submit(engine, takesMs, LARGE)
  await sleep(HEAD_START_MS)
  const from = performance.now()
  await untilCompleted(engine, await submit(engine, takesMs, SMALL))
  const elapsedMs = performance.now() - from
  const { state } = await readBatch(engine, large)
  if (state !== 'active') throw new Error(`The large batch was too small: it is already ${state}.`)
  await cancelBatch(engine, large)
  while ((await readBatch(engine, large)).counts.running > 0) await sleep(5)
  return elapsedMs
}

async function timeOfPeer(bullmq: BullmqContender, takesMs: number): Promise<number> {
  const payloads = (count: number) => Array.from({ length: count }, () => ({ takesMs }))
  await bullmq.add(payloads(Math.ceil((PEER_LARGE_MS * SLOTS) / takesMs)))
  const from = performance.now()
  await bullmq.add(payloads(SMALL))
  await bullmq.run()
  const elapsedMs = performance.now() - from
  await bullmq.clear()
  return elapsedMs
}
