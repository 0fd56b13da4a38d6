import type { Engine } from '../engine.ts'
import { markStartedScript, type StartMark } from '../scripts/mark-started.ts'

/** Marks in one call. */
const MAX_MARKS = 64

/**
 * Says which tasks start that turns with the intent `reserve` have leased, or that they wait again. A task that has started
 * counts as running, and if the worker dies from now on, it has spent an attempt. A mark that is lost with the connection
 * leaves its task an attempt too many. A mark of a worker that was frozen and has lost the ticket has no effect.
 */
export async function markStarted(
  { redis, keys }: Engine,
  batchId: string,
  marks: readonly StartMark[],
): Promise<void> {
  const calls: Promise<unknown>[] = []
  for (let i = 0; i < marks.length; i += MAX_MARKS) {
    calls.push(markStartedScript.run(redis, keys.batch(batchId), marks.slice(i, i + MAX_MARKS)))
  }
  await Promise.all(calls)
}
