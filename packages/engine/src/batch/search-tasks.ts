import type { Engine } from '../engine.ts'
import { CursorInvalidError } from '../errors.ts'
import { decodeTypes } from '../model/offer.ts'
import { DEFAULT_TENANT, EVERYTHING, type Reach, reaches } from '../model/reach.ts'
import type { Task } from '../model/task.ts'
import { findBackwards } from '../task/find-backwards.ts'
import { matches, readScattered, type TaskFilter, TaskPageBuilder } from '../task/list-tasks.ts'
import { ReadSize } from '../task/read-size.ts'
import { type TaskDefaults, toTasks } from '../task/to-task.ts'
import { decodePosition, encodePosition, ENTRIES_AT_ONCE, type Position, readIndex } from './read-index.ts'

/** Which tasks to find, in all batches. */
export interface TaskSearch extends TaskFilter {
  /** The handler of a task. */
  type?: string | undefined
  /** The queue of its batch. */
  queue?: string | undefined
  /** What the client reaches. Default: everything. */
  reach?: Reach | undefined
}

/** A task, and the batch that it belongs to. */
export interface FoundTask extends Task {
  batchId: string
  code: string
  queue: string
}

/** Maximum number of batches that one request examines. */
const MAX_BATCHES = 2000

/** Maximum number of state bytes that one request reads. */
const MAX_BYTES = 4 * 1024 * 1024

/**
 * Finds tasks in all batches: those of the newest batch first, and in each batch the last one first. Throws
 * `CursorInvalidError`.
 */
export async function searchTasks(
  engine: Engine,
  search: TaskSearch,
): Promise<{ tasks: FoundTask[]; nextCursor: string | null }> {
  const walk = new Walk(engine, search)
  const { position, below } = decodeCursor(search.cursor)
  const range = { tenant: search.reach?.tenant ?? undefined }
  if (position !== undefined) await walk.visit(position, below)
  let after = position
  for (let visited = 0; visited < MAX_BATCHES && !walk.isEnded; visited += ENTRIES_AT_ONCE) {
    const entries = await readIndex(engine, range, after)
    for (const entry of entries) {
      if (walk.isEnded) break
      await walk.visit(entry, Infinity)
      after = entry
    }
    if (entries.length < ENTRIES_AT_ONCE && !walk.isEnded) return { tasks: walk.found, nextCursor: null }
  }
  return { tasks: walk.found, nextCursor: walk.cursor }
}

/** What a search compares with a batch, and what its tasks inherit. */
interface Head extends TaskDefaults {
  code: string
  queue: string
  total: number
}

/** Goes through batches until a page is full or enough has been read. */
class Walk {
  readonly found: FoundTask[] = []
  /** Where the next page begins. */
  cursor: string | null = null
  readonly #engine: Engine
  readonly #search: TaskSearch
  readonly #page: TaskPageBuilder
  #bytes = 0

  constructor(engine: Engine, search: TaskSearch) {
    this.#engine = engine
    this.#search = search
    this.#page = new TaskPageBuilder(search.pageSize)
  }

  get isEnded(): boolean {
    return this.#page.isEnded || this.#bytes >= MAX_BYTES
  }

  /** Searches the tasks of a batch below a seq. */
  async visit(position: Position, below: number): Promise<void> {
    this.cursor = `${encodePosition(position)}.0`
    const head = await this.#readHead(position.id)
    if (head === undefined) return
    const before = this.#page.found.length
    const rest = await this.#scan(position.id, head, Math.min(below, head.total))
    this.cursor = `${encodePosition(position)}.${rest}`
    const tasks = await toTasks(this.#engine, position.id, head, this.#page.found.slice(before))
    const { code, queue } = head
    this.found.push(...tasks.map((task) => ({ ...task, batchId: position.id, code, queue })))
  }

  /** Returns the seq below which the search is to go on. */
  async #scan(id: string, head: Head, from: number): Promise<number> {
    const size = new ReadSize()
    const { state, type } = this.#search
    let below = from
    while (below > 0 && !this.isEnded) {
      const next = await findBackwards(this.#engine, id, { state, below, most: size.tasks })
      this.#bytes += next.bytes
      const tasks = (await readScattered(this.#engine, id, next.seqs)).toReversed()
      size.learn(tasks)
      const unfit = this.#page.add(
        tasks,
        (task) => matches(task, this.#search) && (type === undefined || (task.envelope.type ?? head.type) === type),
      )
      below = unfit === undefined ? next.below : unfit + 1
    }
    return below
  }

  /** Returns undefined if the batch does not exist or cannot have such a task. */
  async #readHead(id: string): Promise<Head | undefined> {
    const { state, type, queue: wanted, reach = EVERYTHING } = this.#search
    const fields = [
      'code',
      'tenant',
      'queue',
      'type',
      'types',
      'created_at',
      'max_attempts',
      'total',
      'deleting',
    ] as const
    const [count, ...values] = await this.#engine.redis.hmget(
      this.#engine.keys.batch(id).meta,
      state ?? 'total',
      ...fields,
    )
    const [code, tenant, queue, defaultType, types, createdAt, maxAttempts, total, deleting] = values
    if (!createdAt || deleting || queue == null || Number(count) === 0) return undefined
    if (!reaches(reach, { tenant: tenant ?? DEFAULT_TENANT, queue })) return undefined
    if (wanted !== undefined && queue !== wanted) return undefined
    if (type !== undefined && !decodeTypes(types ?? '').includes(type)) return undefined
    return {
      code: code ?? id,
      queue,
      type: defaultType ?? '',
      createdAt: Number(createdAt),
      maxAttempts: Number(maxAttempts),
      total: Number(total),
    }
  }
}

/** A cursor is a batch, and the seq below which to go on in it. Throws `CursorInvalidError`. */
function decodeCursor(cursor: string | undefined): { position: Position | undefined; below: number } {
  if (cursor === undefined) return { position: undefined, below: 0 }
  const [, position, below] = /^(.+)\.(\d{1,9})$/.exec(cursor) ?? []
  if (position === undefined) throw new CursorInvalidError(cursor)
  return { position: decodePosition(position), below: Number(below) }
}
