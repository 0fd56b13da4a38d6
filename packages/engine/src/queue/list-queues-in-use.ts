import type { Engine } from '../engine.ts'
import { listQueuesInUseScript } from '../scripts/list-queues-in-use.ts'

/** Returns the names of the queues that a batch uses, in alphabetical order. */
export async function listQueuesInUse({ redis, keys }: Engine): Promise<string[]> {
  return (await listQueuesInUseScript.run(redis, { uses: keys.uses }, {})).names
}
