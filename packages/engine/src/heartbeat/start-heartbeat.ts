import { hostname } from 'node:os'
import { Worker as Thread } from 'node:worker_threads'
import { redisUrlOf } from '../connect-redis.ts'
import type { Engine } from '../engine.ts'
import type { Offer } from '../model/offer.ts'
import type { WorkerLoad, WorkerProfile } from '../model/worker-status.ts'
import type { Recovery } from './beat.ts'

/** What the thread is started with. */
export interface HeartbeatThreadData {
  redisUrl: string
  prefix: string
  worker: string
  offer: Offer
  profile: WorkerProfile
  /** What the worker runs. The thread receives it again each time the event loop of the process has turned. */
  load: WorkerLoad
  /** When the event loop of the process last turned, in ms since the epoch. */
  turnedAt: BigInt64Array
}

/** What the thread reports. */
export type HeartbeatMessage = { kind: 'beaten'; recovery: Recovery } | { kind: 'failed'; error: unknown }

/** How a heartbeat reports. */
export interface HeartbeatOptions {
  /** The id of the worker. */
  worker: string
  /** What it offers to run. */
  offer: Offer
  /** The version of Sluice. */
  version: string
  /** Tickets of each queue that it runs at most. */
  concurrency: number
  /** Returns what it runs now. */
  load: () => WorkerLoad
  /** Workers have died, and their jobs have returned to their queues. */
  onRecovered: (recovery: Recovery) => void
  onError: (error: unknown, what: string) => void
}

/** A heartbeat that runs. `stop` ends it: others may take the worker's jobs at once. */
export interface Heartbeat {
  stop(): Promise<void>
}

const TURN_EVERY_MS = 1000

/** A thread that ended unexpectedly is started again after this time. */
export const RESTART_DELAY_MS = 500

/**
 * Starts the heartbeat of a worker in a thread of its own. Resolves after the first beat: a worker that takes jobs before
 * would count as dead.
 */
export async function startHeartbeat(engine: Engine, options: HeartbeatOptions): Promise<Heartbeat> {
  const heartbeat = new HeartbeatThread(engine, options)
  await heartbeat.begun
  return heartbeat
}

/** The thread, which is started again if it ends. */
class HeartbeatThread implements Heartbeat {
  readonly begun: Promise<void>
  readonly #engine: Engine
  readonly #options: HeartbeatOptions
  readonly #turnedAt = new BigInt64Array(new SharedArrayBuffer(8))
  readonly #turns: NodeJS.Timeout
  readonly #startedAt = Date.now()
  #thread: Thread | undefined
  #onBegun = () => {}
  #isStopped = false
  #restarting: NodeJS.Timeout | undefined

  constructor(engine: Engine, options: HeartbeatOptions) {
    this.#engine = engine
    this.#options = options
    this.#turn()
    this.#turns = setInterval(() => this.#turn(), TURN_EVERY_MS)
    this.begun = new Promise((resolve) => (this.#onBegun = resolve))
    this.#start()
  }

  #turn(): void {
    Atomics.store(this.#turnedAt, 0, BigInt(Date.now()))
    this.#thread?.postMessage(this.#options.load())
  }

  #start(): void {
    const { redis, prefix } = this.#engine
    const { worker, offer, version, concurrency, load } = this.#options
    const workerData: HeartbeatThreadData = {
      redisUrl: redisUrlOf(redis),
      prefix,
      worker,
      offer,
      profile: { host: hostname(), pid: process.pid, version, concurrency, startedAt: this.#startedAt },
      load: load(),
      turnedAt: this.#turnedAt,
    }
    this.#thread = new Thread(threadEntry(), { workerData, name: 'heartbeat' })
    this.#thread.on('message', (message: HeartbeatMessage) => this.#receive(message))
    this.#thread.on('error', (error) => this.#options.onError(error, 'the thread of the heartbeat failed'))
    this.#thread.on('exit', () => this.#restart())
  }

  #restart(): void {
    if (!this.#isStopped) this.#restarting = setTimeout(() => this.#start(), RESTART_DELAY_MS)
  }

  #receive(message: HeartbeatMessage): void {
    if (message.kind === 'failed') return this.#options.onError(message.error, 'a beat of the worker failed')
    this.#onBegun()
    if (message.recovery.workers.length > 0) this.#options.onRecovered(message.recovery)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#turns)
    // A thread that is started afterwards would keep the process alive, and say that its worker is.
    clearTimeout(this.#restarting)
    await this.#thread?.terminate()
    // While Redis is away, the commands would wait for it. The entries then expire.
    if (this.#engine.redis.status === 'ready') await this.#leave().catch(() => {})
  }

  async #leave(): Promise<void> {
    const { alive, offers, profiles, loads } = this.#engine.keys.workers
    const { worker } = this.#options
    const leaving = this.#engine.redis.multi().zrem(alive, worker)
    await leaving.hdel(offers, worker).hdel(profiles, worker).hdel(loads, worker).exec()
  }
}

/** The module of the thread: source or build, like this one. */
function threadEntry(): URL {
  return new URL(`heartbeat-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}
