import type { Engine } from '../engine.ts'

/**
 * Reads which tasks of a batch run, and since when, in ms of Redis's clock. Each lease runs one: its first. That time is
 * when the turn leased it or settled the one before it, or when it got its permit. A turn that leases many short tasks
 * settles them together, so the task that runs by then may have started up to 200 ms later.
 */
export async function readRunning({ redis, keys }: Engine, batchId: string): Promise<Map<number, number>> {
  const fields = await redis.hgetall(keys.batch(batchId).leases)
  const starts = new Map<number, number>()
  for (const [ticket, text] of Object.entries(fields)) {
    // Of `<run> <turn> <since> <seq>`; a mark has no seq.
    const [, fence, since, seq] = /^(\S+ \d+) (\d+) (\d+)/.exec(text) ?? []
    if (fence === undefined || seq === undefined) continue
    const startedAt = text.endsWith(' reserved') ? markOf(fields[`${ticket}:started`], fence) : Number(since)
    if (startedAt !== undefined) starts.set(Number(seq), startedAt)
  }
  return starts
}

/** When the task of a reserved lease started: `<run> <turn> <time>`. Undefined: it waits for its permit. */
function markOf(mark = '', fence: string): number | undefined {
  return mark.startsWith(`${fence} `) ? Number(mark.slice(fence.length + 1)) : undefined
}
