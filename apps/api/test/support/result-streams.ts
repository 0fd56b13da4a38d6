import { setTimeout } from 'node:timers/promises'

/** Tasks with keys of a kilobyte each, whose results together exceed the buffers of a connection. */
export function longKeyLines(count: number, from: number, character = () => '😀'): string[] {
  const key = () => Array.from({ length: 250 }, character).join('')
  return Array.from({ length: count }, (_, i) => JSON.stringify({ payload: from + i, key: key() }))
}

/** How often a command of Redis was called. */
export async function countCalls(redis: { info(section: string): Promise<string> }, command: string): Promise<number> {
  const stats = await redis.info('commandstats')
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1] ?? 0)
}

/** Waits until a number has stopped changing. */
export async function settled(read: () => Promise<number>): Promise<void> {
  for (let last = -1, now = await read(); now !== last;) {
    // No event marks that nothing happens any more: half a second without a change must suffice.
    await setTimeout(500)
    last = now
    now = await read()
  }
}
