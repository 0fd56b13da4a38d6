import { openConnection, type RedisConnection } from '@sluice/testing'

/**
 * What a single Redis keeps when it is killed: everything, or everything but the last second. With `replica`, it writes
 * everything and has a replica, which can be promoted and then lacks what had not reached it.
 */
export type SingleForm = 'always' | 'everysec' | 'replica'

/** In a Redis Cluster, each master has a replica. */
export type Form = SingleForm | 'cluster'

/** What the installation stores everything in. */
export interface Storage {
  readonly form: Form
  readonly url: string
  /** Whether it has kept all that it accepted. */
  readonly isLossless: boolean
  /** Whether it may have lost what it accepted at that time, in ms since the epoch. */
  mayHaveLost(promisedAt: number): boolean
  forgetScripts(): Promise<void>
  keys(): Promise<string[]>
  ask<T>(question: (redis: RedisConnection) => Promise<T>): Promise<T>
  stop(): Promise<void>
}

/** What may be missing after Redis was killed or its replica promoted: Redis itself says up to two seconds. */
const LOSES_MS = 2000

/** When Redis may have lost what it had accepted shortly before. */
export class Losses {
  readonly #times: number[] = []

  note(): void {
    this.#times.push(Date.now())
  }

  get isNone(): boolean {
    return this.#times.length === 0
  }

  mayInclude(promisedAt: number): boolean {
    return this.#times.some((at) => at > promisedAt - 1000 && at < promisedAt + LOSES_MS)
  }
}

/** Asks over a connection of its own, which is closed afterwards. */
export async function askAt<T>(url: string | undefined, question: (redis: RedisConnection) => Promise<T>): Promise<T> {
  if (url === undefined) throw new Error('There is no such server.')
  const redis = openConnection(url)
  redis.on('error', () => {})
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}
