import { createHash } from 'node:crypto'
import type { Engine } from '../engine.ts'
import { PAGE_TASKS } from '../keys.ts'
import { type FailureGroup, reportedGroup } from '../model/failure-group.ts'
import type { TaskError } from '../model/task.ts'
import { BYTES_AT_ONCE } from './list-tasks.ts'
import { STATE_OF_BYTE } from './read-tasks.ts'

/** Which failed tasks to find: those to which all members apply. */
export interface FailedFilter {
  failureClass?: string | undefined
  /** A group of errors, as the report of the batch has it. */
  group?: FailureGroup | undefined
  seqs?: readonly number[] | undefined
}

/** Failed tasks, and the SHA-1 of what was recorded of each when it was read. */
export interface FoundFailures {
  seqs: number[]
  digests: string[]
}

/** Records of tasks that are read at once. A record has up to 6,000 characters. */
const RECORDS_AT_ONCE = 250

/**
 * Finds failed tasks by the last error that is recorded of each, in portions. A task may run again and fail in another way
 * after it was read: the digest of its record tells.
 */
export async function* findFailed(
  engine: Engine,
  batchId: string,
  filter: FailedFilter,
): AsyncGenerator<FoundFailures> {
  const known = new Set(filter.group === undefined ? [] : await engine.redis.hkeys(engine.keys.batch(batchId).failures))
  for await (const seqs of seqsInPortions(engine, batchId, filter.seqs)) {
    const records = await readRecords(engine, batchId, seqs)
    const found: FoundFailures = { seqs: [], digests: [] }
    for (const [i, seq] of seqs.entries()) {
      const record = records[i] ?? ''
      if (!matches(errorIn(record), filter, known)) continue
      found.seqs.push(seq)
      found.digests.push(createHash('sha1').update(record).digest('hex'))
    }
    if (found.seqs.length > 0) yield found
  }
}

/** Yields the seqs of the failed tasks. If the filter names tasks, yields these in any state. */
async function* seqsInPortions(
  engine: Engine,
  batchId: string,
  named: readonly number[] | undefined,
): AsyncGenerator<number[]> {
  if (named !== undefined) return yield* portions([...new Set(named)])
  const { states } = engine.keys.batch(batchId)
  for (let first = 0; ; first += BYTES_AT_ONCE) {
    const bytes = await engine.redis.getrange(states, first, first + BYTES_AT_ONCE - 1)
    const failed: number[] = []
    for (let i = 0; i < bytes.length; i += 1) if (STATE_OF_BYTE[bytes[i] ?? ''] === 'failed') failed.push(first + i)
    yield* portions(failed)
    if (bytes.length < BYTES_AT_ONCE) return
  }
}

function* portions(seqs: readonly number[]): Generator<number[]> {
  for (let first = 0; first < seqs.length; first += RECORDS_AT_ONCE) yield seqs.slice(first, first + RECORDS_AT_ONCE)
}

/** Reads what is recorded of tasks: one command for each page. */
async function readRecords({ redis, keys }: Engine, batchId: string, seqs: readonly number[]): Promise<string[]> {
  const pages = Map.groupBy(seqs, (seq) => Math.floor(seq / PAGE_TASKS))
  const rows = await Promise.all(
    Array.from(pages, async ([page, some]) => {
      const fields = some.map((seq) => String(seq - page * PAGE_TASKS))
      const records = await redis.hmget(keys.batch(batchId).outcome(page), ...fields)
      return some.map((seq, i) => [seq, records[i] ?? ''] as const)
    }),
  )
  const bySeq = new Map(rows.flat())
  return seqs.map((seq) => bySeq.get(seq) ?? '')
}

/** The error in a record, which is `<at> <JSON>`. Undefined: the task completed, or nothing is recorded of it. */
function errorIn(record: string): TaskError | undefined {
  const at = record.indexOf('"error":')
  // A result may be megabytes long, and its digits do not survive JSON.parse.
  if (at === -1 || record.lastIndexOf('"result":', at) !== -1) return undefined
  return (JSON.parse(record.slice(record.indexOf(' ') + 1)) as { error?: TaskError }).error
}

function matches(
  error: TaskError | undefined,
  { failureClass, group }: FailedFilter,
  known: ReadonlySet<string>,
): boolean {
  if (error === undefined) return false
  if (failureClass !== undefined && error.failureClass !== failureClass) return false
  return group === undefined || isSame(reportedGroup(error, known), group)
}

function isSame(a: FailureGroup, b: FailureGroup): boolean {
  return a.failureClass === b.failureClass && a.status === b.status && a.message === b.message
}
