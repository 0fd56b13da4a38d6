import type { Engine } from '../engine.ts'
import { TasksDifferError } from '../errors.ts'
import { PAGE_TASKS } from '../keys.ts'
import { withoutSpace } from '../model/without-space.ts'

/**
 * Compares envelopes with the tasks that a batch holds from a seq on, regardless of white space. Throws
 * `TasksDifferError` for the first one that differs. Returns how many of them the batch holds.
 */
export async function compareTasks(
  engine: Engine,
  batchId: string,
  first: number,
  envelopes: readonly string[],
): Promise<number> {
  let at = 0
  while (at < envelopes.length) {
    const from = (first + at) % PAGE_TASKS
    const count = Math.min(PAGE_TASKS - from, envelopes.length - at)
    const page = engine.keys.batch(batchId).page(Math.floor((first + at) / PAGE_TASKS))
    const stored = await engine.redis.lrange(page, from, from + count - 1)
    const other = stored.findIndex((envelope, i) => !isSame(envelope, envelopes[at + i] ?? ''))
    if (other !== -1) throw new TasksDifferError(batchId, first + at + other)
    at += stored.length
    if (stored.length < count) break
  }
  return at
}

/** Mostly, a client repeats the same bytes. */
function isSame(stored: string, sent: string): boolean {
  return stored === sent || withoutSpace(stored) === withoutSpace(sent)
}
