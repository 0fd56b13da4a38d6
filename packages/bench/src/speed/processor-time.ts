import { readFile } from 'node:fs/promises'
import type { connectRedis } from '@sluice/engine'

/** The unit of times in /proc (USER_HZ), which is the same on every Linux. */
const TICK_MS = 10

/** Returns the processor time that processes have used, in ms. NaN on systems without /proc. */
export async function processorMs(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map((pid) => processMs(pid)))
  return each.reduce((sum, ms) => sum + ms, 0)
}

async function processMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is a name in brackets, which may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Returns the processor time that Redis has used, in ms. */
export async function redisProcessorMs(redis: ReturnType<typeof connectRedis>): Promise<number> {
  const info = await redis.info('cpu')
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN)
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1000
}
