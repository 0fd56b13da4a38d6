import type { Engine } from '../engine.ts'
import { InvalidCursorError } from '../errors.ts'
import { PAGE_TASKS } from '../keys.ts'
import { range } from '../range.ts'
import { readPage, readStoredTask, STATE_OF_BYTE, toTask, type StoredTask } from './read-page.ts'
import { readTaskDefaults } from './read-task.ts'
import type { Task, TaskState } from './task.ts'

export interface TaskFilter {
  state?: TaskState | undefined
  /** The failure class of the last recorded attempt. */
  errorClass?: string | undefined
  /** Tasks to return at most. */
  limit: number
  /** Where an earlier page ended. */
  cursor?: string | undefined
}

export interface TaskPage {
  tasks: Task[]
  /** Null on the last page. */
  nextCursor: string | null
}

/** State bytes read at once when looking for a state. */
const BYTES_AT_ONCE = 65_536

/** One request reads so many tasks at most; a rare error class may then need several pages, some of them empty. */
const MAX_EXAMINED = 5000

const READ_AT_ONCE = PAGE_TASKS

/** Tasks of a batch in order of their seq. Throws `BatchNotFoundError`, `InvalidCursorError`. */
export async function listTasks(engine: Engine, batchId: string, filter: TaskFilter): Promise<TaskPage> {
  const batch = await readTaskDefaults(engine, batchId)
  const found: StoredTask[] = []
  let next: number | undefined = decodeCursor(filter.cursor)
  for (let examined = 0; examined < MAX_EXAMINED && found.length < filter.limit && next !== undefined;) {
    const group: SeqGroup = await nextSeqs(engine, batchId, filter.state, next, batch.total)
    const tasks = await readTasks(engine, batchId, group.seqs)
    for (const task of tasks) {
      if (found.length === filter.limit) return await page(engine, batchId, batch, found, task.seq)
      if (matches(task, filter)) found.push(task)
    }
    examined += group.seqs.length
    next = group.next
  }
  return await page(engine, batchId, batch, found, next)
}

async function page(
  engine: Engine,
  batchId: string,
  batch: { type: string; createdAt: number },
  found: StoredTask[],
  next: number | undefined,
): Promise<TaskPage> {
  const tasks = await Promise.all(found.map((task) => toTask(engine, batchId, batch, task)))
  return { tasks, nextCursor: next === undefined ? null : String(next) }
}

function matches(task: StoredTask, { state, errorClass }: TaskFilter): boolean {
  return (!state || task.state === state) && (!errorClass || task.outcome?.error?.class === errorClass)
}

interface SeqGroup {
  seqs: number[]
  /** Where to look on; undefined at the end. */
  next: number | undefined
}

/** The next few seqs from `from` on whose state byte is that of `state`. */
async function nextSeqs(
  engine: Engine,
  batchId: string,
  state: TaskState | undefined,
  from: number,
  total: number,
): Promise<SeqGroup> {
  if (!state) return neighbours(from, total)
  const { states } = engine.keys.batch(batchId)
  const seqs: number[] = []
  for (let first = from; first < total; first += BYTES_AT_ONCE) {
    const bytes = await engine.redis.getrange(states, first, Math.min(total, first + BYTES_AT_ONCE) - 1)
    for (let i = 0; i < bytes.length; i++) {
      if (STATE_OF_BYTE[bytes[i] ?? ''] === state) seqs.push(first + i)
      if (seqs.length === READ_AT_ONCE) return { seqs, next: first + i + 1 < total ? first + i + 1 : undefined }
    }
  }
  return { seqs, next: undefined }
}

function neighbours(from: number, total: number): SeqGroup {
  const end = Math.min(total, (Math.floor(from / PAGE_TASKS) + 1) * PAGE_TASKS)
  return { seqs: range(Math.max(0, end - from)).map((i) => from + i), next: end < total ? end : undefined }
}

/** Reads whole pages where the tasks are neighbours, single tasks where they are scattered. */
async function readTasks(engine: Engine, batchId: string, seqs: number[]): Promise<StoredTask[]> {
  const first = seqs[0]
  if (first === undefined) return []
  const n = Math.floor(first / PAGE_TASKS)
  if (Math.floor((seqs.at(-1) ?? 0) / PAGE_TASKS) === n) {
    const wanted = new Set(seqs)
    return (await readPage(engine, batchId, n)).filter(({ seq }) => wanted.has(seq))
  }
  const tasks = await Promise.all(seqs.map((seq) => readStoredTask(engine, batchId, seq)))
  return tasks.filter((task) => task !== undefined)
}

/** Throws `InvalidCursorError`. */
function decodeCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (!/^\d{1,9}$/.test(cursor)) throw new InvalidCursorError(cursor)
  return Number(cursor)
}
