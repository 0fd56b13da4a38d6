import {
  cancelBatch,
  createBatch,
  deleteBatch,
  interruptBatch,
  listBatches,
  listTasks,
  putQueue,
  readBatch,
  readReport,
  resumeBatch,
  retryTasks,
  type Engine,
} from '@sluice/engine'
import { openArena } from '../speed/arena.ts'
import { httpTask } from '../speed/bench-intake.ts'
import { CommandMeter, type CommandCost } from './command-meter.ts'
import { TurnDriver } from './turn-driver.ts'

const SIZES = [1000, 10_000, 100_000, 1_000_000]
const BATCHES = [1, 10, 100, 1000]
const SLICE = 128

/** The tasks of a batch that fail before the retry. More of them take longer and show nothing new. */
const MOST_FAILED = 100_000

/** An operation on a batch, repeated `times` times. */
interface Step {
  what: string
  times: number
  run: () => Promise<unknown>
}

/** Measures what each operation on a batch costs Redis, for batches of all sizes and for many batches at once. */
export async function benchGrowth(): Promise<object[]> {
  const rows: object[] = []
  for (const tasks of SIZES) rows.push(...(await measureSize(tasks)))
  for (const batches of BATCHES) rows.push(...(await measureMany(batches)))
  return rows
}

async function measureSize(tasks: number): Promise<object[]> {
  await using arena = await openArena()
  const { engine, redis } = arena
  await putQueue(engine, 'default', { concurrency: 50 })
  const lines = Array.from({ length: tasks }, (_, seq) => httpTask(seq))
  let id = ''
  const meter = new CommandMeter(redis)
  const rows: object[] = []
  const measure = async (step: Step) => rows.push(await row(meter, { batches: 1, tasks }, step))

  const create = async () => (id = (await createBatch(engine, { type: 'timed', tasks: lines })).batch.id)
  await measure({ what: 'create', times: 1, run: create })
  for (const step of stepsOf(engine, id, tasks)) await measure(step)
  return rows
}

/** The steps follow the order of a batch's life. */
function stepsOf(engine: Engine, id: string, tasks: number): Step[] {
  const single = new TurnDriver(engine, id, 0)
  const full = new TurnDriver(engine, id, 1)
  const failing = Array.from({ length: 8 }, (_, n) => new TurnDriver(engine, id, n + 2))
  const turns = Math.ceil(Math.min(tasks, MOST_FAILED) / failing.length / SLICE)
  const fail = async () => {
    await Promise.all([single.release(), full.release()])
    await Promise.all(failing.map((driver) => driver.take(turns, SLICE, 'failed')))
    await Promise.all(failing.map((driver) => driver.release('failed')))
  }
  const once = (what: string, run: () => Promise<unknown>): Step => ({ what, times: 1, run })
  const often = (what: string, run: () => Promise<unknown>): Step => ({ what, times: 20, run: () => repeat(20, run) })
  return [
    { what: 'turns of 1 task', times: 100, run: () => single.take(100, 1, 'completed') },
    // In a small batch the slices are shorter, because each ticket takes only its share of the rest.
    { what: 'turns of 128 tasks', times: 50, run: () => full.take(50, SLICE, 'completed') },
    often('read the batch', () => readBatch(engine, id)),
    often('list 100 tasks', () => listTasks(engine, id, { pageSize: 100 })),
    once('list failed tasks, none', () => listTasks(engine, id, { pageSize: 100, state: 'failed' })),
    often('report', () => readReport(engine, id)),
    once('interrupt', () => interruptBatch(engine, id)),
    once('resume', () => resumeBatch(engine, id)),
    once('fail up to 100,000 tasks', fail),
    once('retry the failed tasks', () => retryTasks(engine, id)),
    once('cancel', () => cancelBatch(engine, id)),
    once('delete', () => deleteBatch(engine, id)),
  ]
}

/** Measures while `batches` batches of 100 tasks are active. */
async function measureMany(batches: number): Promise<object[]> {
  await using arena = await openArena()
  const { engine, redis } = arena
  await putQueue(engine, 'default', { concurrency: 50 })
  const lines = Array.from({ length: 100 }, (_, seq) => httpTask(seq))
  let id = ''
  const create = async () => (id = (await createBatch(engine, { type: 'timed', tasks: lines })).batch.id)
  await repeat(batches, create)
  const size = { batches, tasks: 100 }
  const meter = new CommandMeter(redis)
  const steps = [
    { what: 'create', times: 20, run: () => repeat(20, create) },
    { what: 'turns of 1 task', times: 50, run: () => new TurnDriver(engine, id, 0).take(50, 1, 'completed') },
    { what: 'read the batch', times: 20, run: () => repeat(20, () => readBatch(engine, id)) },
    { what: 'list 50 batches', times: 20, run: () => repeat(20, () => listBatches(engine, { pageSize: 50 })) },
  ]
  const rows: object[] = []
  for (const step of steps) rows.push(await row(meter, size, step))
  return rows
}

async function row(meter: CommandMeter, size: { batches: number; tasks: number }, step: Step): Promise<object> {
  const cost: CommandCost = await meter.measure(step.run)
  return {
    ...size,
    step: step.what,
    'ms each': round(cost.elapsedMs / step.times),
    'CPU, us each': Math.round(cost.processorUs / step.times),
    scripts: cost.scripts,
    'CPU, us per script': cost.scripts === 0 ? 0 : Math.round(cost.processorUs / cost.scripts),
    'elapsed, us per script': cost.scripts === 0 ? 0 : Math.round(cost.scriptUs / cost.scripts),
    'longest command, us': cost.longestUs,
    command: cost.longest,
  }
}

async function repeat(times: number, step: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < times; i += 1) await step()
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
