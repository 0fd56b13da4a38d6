import type { Engine } from '../engine.ts'
import { CursorInvalidError } from '../errors.ts'
import { PAGE_TASKS } from '../keys.ts'
import { range } from '../range.ts'
import { ReadSize } from './read-size.ts'
import { readTaskDefaults } from './read-task.ts'
import { readTasks, STATE_OF_BYTE, type StoredTask } from './read-tasks.ts'
import type { Task, TaskState } from '../model/task.ts'
import { toTasks } from './to-task.ts'

/** Which tasks to list, and which page of them. */
export interface TaskFilter {
  state?: TaskState | undefined
  /** The failure class of the last recorded attempt. */
  failureClass?: string | undefined
  /** The client's own id of a task. */
  key?: string | undefined
  /** Maximum number of tasks to return. */
  pageSize: number
  /** The `nextCursor` of an earlier page. Default: the first page. */
  cursor?: string | undefined
}

/** One page of a list of tasks. */
export interface TaskPage {
  tasks: Task[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

/** State bytes read in one command while searching for a state. */
export const BYTES_AT_ONCE = 65_536

/** Maximum size of a page, in stored characters. The first task is on the page regardless of its size. */
const MAX_PAGE_SIZE = 1024 * 1024

/** Maximum number of tasks that one request examines. A search for a rare failure class may return empty pages. */
const MAX_EXAMINED = 5000

/** Maximum number of stored characters that one request examines. */
const MAX_EXAMINED_SIZE = 16 * 1024 * 1024

/**
 * Lists tasks of a batch in order of their seq. A page of large tasks holds fewer than `pageSize`. Throws
 * `BatchNotFoundError` and `CursorInvalidError`.
 */
export async function listTasks(engine: Engine, batchId: string, filter: TaskFilter): Promise<TaskPage> {
  const { total, ...defaults } = await readTaskDefaults(engine, batchId)
  const page = new TaskPageBuilder(filter.pageSize)
  const size = new ReadSize()
  let next: number | undefined = decodeCursor(filter.cursor)
  while (next !== undefined && !page.isEnded) {
    const group = await nextSeqs(engine, batchId, filter.state, { from: next, total, most: size.tasks })
    const tasks = await readScattered(engine, batchId, group.seqs)
    size.learn(tasks)
    next = page.add(tasks, (task) => matches(task, filter)) ?? group.next
  }
  const tasks = await toTasks(engine, batchId, defaults, page.found)
  return { tasks, nextCursor: next === undefined ? null : String(next) }
}

/** Collects the tasks of a page, until it is full or many have been examined. */
export class TaskPageBuilder {
  readonly found: StoredTask[] = []
  readonly #pageSize: number
  #size = 0
  #examined = 0
  #examinedSize = 0
  #isFull = false

  constructor(pageSize: number) {
    this.#pageSize = pageSize
  }

  get isEnded(): boolean {
    const isLong = this.#examined >= MAX_EXAMINED || this.#examinedSize >= MAX_EXAMINED_SIZE
    return isLong || this.#isFull || this.found.length === this.#pageSize
  }

  /** Adds the tasks that match. Returns the seq of the first one that does not fit, or undefined if all fit. */
  add(tasks: readonly StoredTask[], isWanted: (task: StoredTask) => boolean): number | undefined {
    for (const task of tasks) {
      this.#examined += 1
      this.#examinedSize += task.size
      if (!isWanted(task)) continue
      this.#isFull = !this.#hasRoom(task)
      if (this.#isFull) return task.seq
      this.found.push(task)
      this.#size += task.size
    }
    return undefined
  }

  #hasRoom(task: StoredTask): boolean {
    if (this.found.length === 0) return true
    return this.found.length < this.#pageSize && this.#size + task.size <= MAX_PAGE_SIZE
  }
}

/** Whether a task is what a filter asks for. */
export function matches({ state, outcome, envelope }: StoredTask, filter: Omit<TaskFilter, 'pageSize'>): boolean {
  return (
    (!filter.state || state === filter.state) &&
    (!filter.failureClass || outcome?.error?.failureClass === filter.failureClass) &&
    (filter.key === undefined || envelope.key === filter.key)
  )
}

interface SeqGroup {
  seqs: number[]
  /** The seq to continue from; undefined at the end. */
  next: number | undefined
}

interface Search {
  from: number
  /** The number of tasks in the batch. */
  total: number
  /** Maximum number of seqs to find. */
  most: number
}

/** Finds the next seqs in a state. */
async function nextSeqs(
  engine: Engine,
  batchId: string,
  state: TaskState | undefined,
  { from, total, most }: Search,
): Promise<SeqGroup> {
  if (!state) return contiguousSeqs({ from, total, most })
  const { states } = engine.keys.batch(batchId)
  const seqs: number[] = []
  for (let first = from; first < total; first += BYTES_AT_ONCE) {
    const bytes = await engine.redis.getrange(states, first, Math.min(total, first + BYTES_AT_ONCE) - 1)
    for (let i = 0; i < bytes.length; i++) {
      if (STATE_OF_BYTE[bytes[i] ?? ''] === state) seqs.push(first + i)
      if (seqs.length === most) return { seqs, next: first + i + 1 < total ? first + i + 1 : undefined }
    }
  }
  return { seqs, next: undefined }
}

function contiguousSeqs({ from, total, most }: Search): SeqGroup {
  const endOfPage = (Math.floor(from / PAGE_TASKS) + 1) * PAGE_TASKS
  const end = Math.min(total, endOfPage, from + most)
  return { seqs: range(Math.max(0, end - from)).map((i) => from + i), next: end < total ? end : undefined }
}

/** Reads tasks, in order of their seqs: those that lie close together in one page with one read, and others one by one. */
export async function readScattered(engine: Engine, batchId: string, seqs: readonly number[]): Promise<StoredTask[]> {
  const [first, last] = [seqs[0], seqs.at(-1)]
  if (first === undefined || last === undefined) return []
  const isOnePage = Math.floor(first / PAGE_TASKS) === Math.floor(last / PAGE_TASKS)
  if (!isOnePage || last - first >= 2 * seqs.length) {
    return (await Promise.all(seqs.map((seq) => readTasks(engine, batchId, seq, 1)))).flat()
  }
  const wanted = new Set(seqs)
  return (await readTasks(engine, batchId, first, last - first + 1)).filter(({ seq }) => wanted.has(seq))
}

/** Throws `CursorInvalidError`. */
function decodeCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (!/^\d{1,9}$/.test(cursor)) throw new CursorInvalidError(cursor)
  return Number(cursor)
}
