import type { Engine } from '../engine.ts'

/** Returns the number of batches that use a queue. */
export async function countBatchesOf({ redis, keys }: Engine, queue: string): Promise<number> {
  return await redis.zlexcount(keys.uses, `[${queue} `, endOf(queue))
}

/** Returns the ids of batches that use a queue, in order of their id, after the id `after`. */
export async function pageOfBatches(
  { redis, keys }: Engine,
  queue: string,
  { after, pageSize }: { after: string; pageSize: number },
): Promise<string[]> {
  const uses = await redis.zrangebylex(keys.uses, `(${queue} ${after}`, endOf(queue), 'LIMIT', 0, pageSize)
  return uses.map((use) => use.slice(queue.length + 1))
}

/** Entries are `<queue> <batch id>`. The character after the space is `!`. */
function endOf(queue: string): string {
  return `(${queue}!`
}
