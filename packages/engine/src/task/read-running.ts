import type { Engine } from '../engine.ts'

/**
 * Reads which tasks of a batch run, and since when, in ms of Redis's clock. Each lease runs one: its first. That time is
 * when the turn leased it or settled the one before it, or when it got its permit. A turn that leases many short tasks
 * settles them together, so the task that runs by then may have started up to 200 ms later.
 */
export async function readRunning({ redis, keys }: Engine, batchId: string): Promise<Map<number, number>> {
  const leases = await redis.hvals(keys.batch(batchId).leases)
  const starts = new Map<number, number>()
  for (const text of leases) {
    // `<run> <turn> <since> <tasks>`, then `reserved` or `started <time>`, or nothing.
    const [, since, seq, mark, time] = /^\S+ \d+ (\d+) (\d+)[\d -]*([a-z]*) ?(\d*)/.exec(text) ?? []
    if (seq === undefined || mark === 'reserved') continue
    starts.set(Number(seq), Number(mark === 'started' ? time : since))
  }
  return starts
}
