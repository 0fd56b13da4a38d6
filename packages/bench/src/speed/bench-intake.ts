import { appendTasks, cancelBatch, chunkTasks, createBatch, deleteBatch, type Engine } from '@sluice/engine'
import { ApiProcess } from './api-process.ts'
import { openArena } from './arena.ts'
import { BullmqContender } from './bullmq-contender.ts'
import { ratios, spread, type Row } from './contender.ts'

const TASKS = 200_000
const PEER_TASKS = 20_000

/** Lines in one write to the socket. */
const LINES_PER_CHUNK = 1000

interface Way {
  name: string
  tasks: number
  /** Submits the tasks. No worker runs meanwhile. */
  take: (tasks: number) => Promise<void>
  clear: () => Promise<void>
}

/** Measures submissions per second over HTTP through one API process, through the engine alone, and with `addBulk`. */
export async function benchIntake(runs: number, share = 1): Promise<Row[]> {
  await using arena = await openArena()
  await using api = await ApiProcess.start(arena.redisUrl)
  await using bullmq = new BullmqContender('BullMQ addBulk, in process', [], arena.redis)
  const ways = [
    overHttp(arena.engine, api, TASKS * share),
    byEngine(arena.engine, TASKS * share),
    byBullmq(bullmq, PEER_TASKS * share),
  ]
  const rates = await measure(ways, runs)
  const peer = rates.get(bullmq.name) ?? []
  return ways.map(({ name, tasks }) => {
    const own = rates.get(name) ?? []
    const times = spread(ratios(own, peer))
    return {
      way: name,
      tasks,
      runs,
      'tasks/s': spread(own).median,
      range: spread(own).range,
      'times BullMQ': times.median,
      'range of times': times.range,
    }
  })
}

async function measure(ways: readonly Way[], runs: number): Promise<Map<string, number[]>> {
  const rates = new Map<string, number[]>(ways.map(({ name }) => [name, []]))
  // V8 compiles during the first run, so it does not count.
  for (let run = 0; run <= runs; run += 1) {
    for (const way of run % 2 === 0 ? ways : ways.toReversed()) {
      const rate = await measureOnce(way)
      if (run > 0) rates.get(way.name)?.push(rate)
    }
  }
  return rates
}

async function measureOnce({ tasks, take, clear }: Way): Promise<number> {
  const from = performance.now()
  await take(tasks)
  const elapsedMs = performance.now() - from
  await clear()
  return (tasks * 1000) / elapsedMs
}

/** Returns the shortest task of the http handler, 55 bytes. */
export function httpTask(seq: number): string {
  return JSON.stringify({ payload: { url: `https://api.acme.io/task/${10_000_000 + seq}` } })
}

/** Generates NDJSON in chunks of lines while it is sent. */
export function* ndjson(tasks: number, taskAt: (seq: number) => string): Generator<string> {
  for (let first = 0; first < tasks; first += LINES_PER_CHUNK) {
    const count = Math.min(LINES_PER_CHUNK, tasks - first)
    yield `${Array.from({ length: count }, (_, i) => taskAt(first + i)).join('\n')}\n`
  }
}

function overHttp(engine: Engine, api: ApiProcess, tasks: number): Way {
  const chunks = [...ndjson(tasks, httpTask)]
  let id = ''
  return {
    name: 'HTTP, NDJSON, one API process',
    tasks,
    take: async () => {
      id = await api.create({})
      await api.append(id, chunks)
    },
    clear: () => remove(engine, id),
  }
}

function byEngine(engine: Engine, tasks: number): Way {
  const envelopes = Array.from({ length: tasks }, (_, seq) => httpTask(seq))
  let id = ''
  return {
    name: 'appendTasks, in process',
    tasks,
    take: async () => {
      const { batch } = await createBatch(engine, {})
      id = batch.id
      await appendTasks(engine, id, chunkTasks(envelopes))
    },
    clear: () => remove(engine, id),
  }
}

function byBullmq(bullmq: BullmqContender, tasks: number): Way {
  const payloads = Array.from({ length: tasks }, (_, seq) => (JSON.parse(httpTask(seq)) as { payload: object }).payload)
  return { name: bullmq.name, tasks, take: () => bullmq.add(payloads), clear: () => bullmq.clear() }
}

async function remove(engine: Engine, id: string): Promise<void> {
  await cancelBatch(engine, id)
  await deleteBatch(engine, id)
}
