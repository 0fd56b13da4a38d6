import { connectRedis } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a start of a task leaves behind in the list `<prefix>:starts`. */
export interface Start {
  seq: number
  attempt: number
  pid: number
  /** Milliseconds since the epoch. */
  at: number
}

interface Context {
  seq: number
  attempt: number
}

const redis = connectRedis(process.env['SLUICE_REDIS_URL'] ?? '', { connectionName: 'test-handlers' })
redis.on('error', () => {})

async function noteStart({ seq, attempt }: Context): Promise<void> {
  const start: Start = { seq, attempt, pid: process.pid, at: Date.now() }
  await redis.rpush(`${process.env['SLUICE_KEY_PREFIX']}:starts`, JSON.stringify(start))
}

/** Handlers for workers under test. */
export default {
  /** Takes a number of ms, a different one in later attempts if told so, and returns which process ran it. */
  async work(payload: { ms: number; laterMs?: number }, context: Context) {
    await noteStart(context)
    await sleep(context.attempt > 1 ? (payload.laterMs ?? payload.ms) : payload.ms)
    return process.pid
  },

  /** Takes a number of ms, and leaves nothing behind. */
  async rest(payload: { ms: number }) {
    await sleep(payload.ms)
    return process.pid
  },

  /** Never ends, whatever its signal says. */
  async hang(_payload: unknown, context: Context) {
    await noteStart(context)
    return await new Promise(() => {})
  },
}
