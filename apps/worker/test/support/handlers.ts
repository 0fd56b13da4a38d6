import { connectRedis } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'

/** One start of a task, as recorded in the list `<prefix>:starts`. */
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

async function recordStart({ seq, attempt }: Context): Promise<void> {
  const start: Start = { seq, attempt, pid: process.pid, at: Date.now() }
  await redis.rpush(`${process.env['SLUICE_KEY_PREFIX']}:starts`, JSON.stringify(start))
}

/** Handlers of the workers under test. */
export default {
  /** Takes `ms`, or `laterMs` in later attempts if it is set, and returns the id of its process. */
  async work(payload: { ms: number; laterMs?: number }, context: Context) {
    await recordStart(context)
    await sleep(context.attempt > 1 ? (payload.laterMs ?? payload.ms) : payload.ms)
    return process.pid
  },

  /** Takes `ms` and returns the id of its process, without recording its start. */
  async rest(payload: { ms: number }) {
    await sleep(payload.ms)
    return process.pid
  },

  /** Prints its payload. */
  print(payload: unknown[]) {
    console.log(...payload)
  },

  /** Is refused for two seconds. The first call after that never settles, and all others are accepted. */
  async refused(_payload: unknown, context: Context) {
    const prefix = process.env['SLUICE_KEY_PREFIX']
    await redis.setnx(`${prefix}:first-call`, Date.now())
    const isRefused = Date.now() - Number(await redis.get(`${prefix}:first-call`)) < 2000
    if (isRefused) throw Object.assign(new Error('Too many requests'), { status: 429 })
    // Before the start is visible: the test may kill this process then.
    const isFirst = (await redis.setnx(`${prefix}:accepted`, 1)) === 1
    await recordStart(context)
    return isFirst ? await new Promise(() => {}) : process.pid
  },

  /** Ends its process before it returns, without a trace. */
  die() {
    process.kill(process.pid, 'SIGKILL')
  },

  /** Never settles and ignores its signal. */
  async hang(_payload: unknown, context: Context) {
    await recordStart(context)
    return await new Promise(() => {})
  },

  /**
   * Records its start. Once `waitFor` starts are recorded, a promise that it does not await rejects, or a timer throws.
   * Returns only after that.
   */
  async stray(payload: { waitFor: number; kind: 'rejection' | 'exception' }, context: Context) {
    await recordStart(context)
    while ((await redis.llen(`${process.env['SLUICE_KEY_PREFIX']}:starts`)) < payload.waitFor) await sleep(10)
    const error = new Error('nothing catches this')
    if (payload.kind === 'rejection') void Promise.reject(error)
    else
      setTimeout(() => {
        throw error
      })
    await sleep(50)
    return process.pid
  },
}
