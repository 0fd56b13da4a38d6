import { createBatch, deleteBatch, putQueue } from '@sluice/engine'
import { openArena, openField, type Arena, type Field } from './arena.ts'
import { httpTask } from './bench-intake.ts'
import type { Row } from './contender.ts'
import { untilCompleted } from '../until-completed.ts'

const TASKS = 100_000
const SLOTS = 50

/** Tasks of 55 bytes, the shortest of the http handler, and of 23 bytes. The handler ignores their content. */
const LINES: ((seq: number) => { payload: object })[] = [
  (seq) => ({ payload: { url: `https://api.acme.io/task/${10_000_000 + seq}` } }),
  (seq) => ({ payload: { n: 10_000 + (seq % 90_000) } }),
]

/** Measures the Redis memory per task, pending and finished, and the overhead beyond the task's own text. */
export async function benchMemory(): Promise<Row[]> {
  await using arena = await openArena()
  await using field = await openField(arena, 1, SLOTS)
  const rows: Row[] = []
  for (const makeTask of LINES) {
    const tasks = Array.from({ length: TASKS }, (_, seq) => makeTask(seq))
    rows.push(await measureSluice(arena, tasks), await measureBullmq(arena, field, tasks))
  }
  return rows
}

/** Measures the overhead of a pending task of 55 bytes: the memory it takes beyond its own text, in bytes. */
export async function measurePendingOverhead(count: number): Promise<number> {
  await using arena = await openArena()
  const tasks = Array.from({ length: count }, (_, seq) => httpTask(seq))
  const empty = await usedBytes(arena)
  await createBatch(arena.engine, { tasks })
  return ((await usedBytes(arena)) - empty) / count - (tasks[0]?.length ?? 0)
}

interface Growth {
  pending: number
  finished: number
}

async function measureSluice(arena: Arena, tasks: readonly { payload: object }[]): Promise<Row> {
  const { engine } = arena
  await putQueue(engine, 'default', { concurrency: SLOTS, paused: true })
  let id = ''
  const growth = await measureGrowth(arena, {
    add: async () => {
      const lines = tasks.map((task) => JSON.stringify(task))
      id = (await createBatch(engine, { type: 'timed', tasks: lines })).batch.id
    },
    run: async () => {
      await putQueue(engine, 'default', { concurrency: SLOTS, paused: false })
      await untilCompleted(engine, id)
    },
    clear: () => deleteBatch(engine, id),
  })
  return row('Sluice', tasks, growth)
}

async function measureBullmq(arena: Arena, { bullmq }: Field, tasks: readonly { payload: object }[]): Promise<Row> {
  const growth = await measureGrowth(arena, {
    add: () => bullmq.load(tasks.map(({ payload }) => payload)),
    run: () => bullmq.run(),
    clear: () => bullmq.clear(),
  })
  return row('BullMQ', tasks, growth)
}

async function measureGrowth(
  arena: Arena,
  { add, run, clear }: Record<'add' | 'run' | 'clear', () => Promise<void>>,
): Promise<Growth> {
  const empty = await usedBytes(arena)
  await add()
  const pending = (await usedBytes(arena)) - empty
  await run()
  const finished = (await usedBytes(arena)) - empty
  await clear()
  return { pending, finished }
}

function row(contender: string, tasks: readonly object[], { pending, finished }: Growth): Row {
  const own = tasks.reduce((sum, task) => sum + JSON.stringify(task).length, 0) / tasks.length
  const each = (bytes: number) => Math.round((bytes / tasks.length) * 10) / 10
  return {
    contender,
    tasks: tasks.length,
    'own bytes': own,
    pending: each(pending),
    overhead: Math.round((pending / tasks.length - own) * 10) / 10,
    finished: each(finished),
  }
}

/** Memory of Redis without its client buffers, whose size varies. */
async function usedBytes({ redis }: Arena): Promise<number> {
  const info = await redis.info('memory')
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
  return field('used_memory') - field('mem_clients_normal')
}
