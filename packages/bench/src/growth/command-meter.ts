import type { connectRedis } from '@sluice/engine'
import { redisProcessorMs } from '../speed/processor-time.ts'

/** What a step costs Redis. Redis measures its commands in elapsed time, so a busy machine inflates them. */
export interface CommandCost {
  elapsedMs: number
  /** Processor time of the whole process, in us, including reading and writing its sockets. */
  processorUs: number
  scripts: number
  scriptUs: number
  /** The duration of the longest command, in us. 0 means that no command took 100 us. */
  longestUs: number
  /** The name of that command; empty if there is none. */
  longest: string
}

/** Redis records commands that take at least this long, in us. */
const NOTED_US = 100

/** Reads what a step costs from Redis's own counters. Nothing else may use that Redis meanwhile. */
export class CommandMeter {
  readonly #redis: ReturnType<typeof connectRedis>

  constructor(redis: ReturnType<typeof connectRedis>) {
    this.#redis = redis
  }

  async measure(step: () => Promise<unknown>): Promise<CommandCost> {
    const redis = this.#redis
    await redis.call('CONFIG', 'SET', 'slowlog-log-slower-than', String(NOTED_US))
    await redis.call('CONFIG', 'SET', 'slowlog-max-len', '100000')
    await redis.call('CONFIG', 'RESETSTAT')
    await redis.call('SLOWLOG', 'RESET')
    const usedMs = await redisProcessorMs(redis)
    const from = performance.now()
    await step()
    const elapsedMs = performance.now() - from
    const processorUs = ((await redisProcessorMs(redis)) - usedMs) * 1000
    const stats = readStats(await redis.info('commandstats'))
    const [longestUs, longest] = await this.#longest()
    const script = stats.get('evalsha') ?? { calls: 0, us: 0 }
    return { elapsedMs, processorUs, scripts: script.calls, scriptUs: script.us, longestUs, longest }
  }

  async #longest(): Promise<[number, string]> {
    const entries = (await this.#redis.call('SLOWLOG', 'GET', '-1')) as [number, number, number, string[]][]
    const top = entries
      .filter(([, , , [name = '']]) => !OWN.has(name.toLowerCase()))
      .toSorted(([, , a], [, , b]) => b - a)[0]
    return top === undefined ? [0, ''] : [top[2], (top[3][0] ?? '').toLowerCase()]
  }
}

/** The meter's own commands, which do not count. */
const OWN = new Set(['config', 'config|set', 'config|resetstat', 'slowlog', 'slowlog|reset', 'slowlog|get', 'info'])

function readStats(info: string): Map<string, { calls: number; us: number }> {
  const lines = info.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)
  return new Map([...lines].map(([, name = '', calls, us]) => [name, { calls: Number(calls), us: Number(us) }]))
}
