import type { BatchSubmission } from '../../src/model/batch.ts'
import { createBatch } from '../../src/batch/create-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { PAGE_TASKS } from '../../src/keys.ts'
import { range } from '../../src/range.ts'
import { readTask } from '../../src/task/read-task.ts'
import type { Task } from '../../src/model/task.ts'

/** A submission whose tasks may be given as a number. */
export interface TestBatch extends Omit<BatchSubmission, 'tasks'> {
  /** The number of tasks, or their envelopes. Default 0. */
  tasks?: number | readonly string[]
}

/** Returns the envelopes of `count` tasks, numbered from `first`. */
export function envelopes(count: number, first = 0): string[] {
  return range(count).map((i) => `{"payload":${first + i}}`)
}

/** Switches off what new queues have by default, so that tests can fail as many tasks as they like. */
const NO_CRITERIA = { maxConsecutiveFailures: null, stopOn: null }

/** Creates a batch and returns its id. By default a batch with tasks is sealed, and has no criteria. */
export async function newBatch(engine: Engine, { tasks = 0, ...rest }: TestBatch = {}): Promise<string> {
  const interruptionCriteria = { ...NO_CRITERIA, ...rest.interruptionCriteria }
  const sent = tasks === 0 ? {} : { tasks: typeof tasks === 'number' ? envelopes(tasks) : tasks }
  return (await createBatch(engine, { ...rest, interruptionCriteria, ...sent })).batch.id
}

/** Reads the tasks of a batch, in order. */
export async function tasksOf(engine: Engine, id: string): Promise<Task[]> {
  const total = Number(await engine.redis.hget(engine.keys.batch(id).meta, 'total'))
  return await Promise.all(range(total).map((seq) => readTask(engine, id, seq)))
}

/** Reads the payloads of a batch's tasks from its pages, in order. */
export async function payloadsOf({ redis, keys }: Engine, id: string): Promise<unknown[]> {
  const { meta, page } = keys.batch(id)
  const pages = Math.ceil(Number(await redis.hget(meta, 'total')) / PAGE_TASKS)
  const tasks = await Promise.all(range(pages).map((n) => redis.lrange(page(n), 0, -1)))
  return tasks.flat().map((envelope) => (JSON.parse(envelope) as { payload: unknown }).payload)
}

/** Makes delayed tasks due by moving their due time into the past. */
export async function makeDue(engine: Engine, id: string, seqs: readonly number[]): Promise<void> {
  for (const seq of seqs) await engine.redis.zadd(engine.keys.batch(id).due, 'XX', 1, seq)
}
