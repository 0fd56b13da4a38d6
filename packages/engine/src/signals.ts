import { Cluster, Redis } from 'ioredis'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { RedisConnection } from './connect-redis.ts'
import type { Engine } from './engine.ts'
import { CHECK_EVERY_MS, MAX_SILENT_CHECKS } from './watch-connection.ts'

/**
 * A pub/sub message to all processes. Signals only reduce latency: a worker that misses one learns the same at its next
 * turn, or when it next reads the state from Redis.
 */
export type Signal =
  /**
   * A batch has stopped or paused. Workers start none of its tasks leased under an earlier version, and with `abort`
   * they abort the running ones. The scripts that do this publish the signal (`lua/lib/interrupt.lua`).
   */
  | { kind: 'stop'; batchId: string; version: number; abort: boolean }
  /**
   * A limit is paused until a time of Redis's clock: permits for an earlier time are void. `pause-limit` publishes it.
   */
  | { kind: 'pause'; limit: string; untilUs: number }
  /** A limit was created or changed, or accepts calls again: refused tasks ask again at once. Sent by scripts. */
  | { kind: 'limit'; limit: string }
  /** A detection was cancelled. */
  | { kind: 'detection'; id: string }
  /** A queue has its first batch, so workers must serve it. The scripts that index batches publish it. */
  | { kind: 'use'; queue: string }
  /** The settings of a queue have changed. */
  | { kind: 'queue'; queue: string }
  /** An API key was changed, replaced or deleted. An API that misses it learns so when it next reads the key. */
  | { kind: 'api_key'; id: string }
  /** A session has ended. An API that misses it learns so when it next reads the session. */
  | { kind: 'session'; id: string }

/** Publishes a signal to all processes. */
export async function sendSignal(engine: Engine, signal: Signal): Promise<void> {
  await engine.redis.publish(engine.keys.signals, JSON.stringify(signal))
}

/** Calls `receive` for each signal, over a separate connection. Returns the function that ends the subscription. */
export async function receiveSignals(engine: Engine, receive: (signal: Signal) => void): Promise<() => Promise<void>> {
  const subscriber = new Subscriber(engine, receive)
  await subscriber.start()
  return async () => subscriber.close()
}

/**
 * A connection that only listens. It subscribes again every second: Redis replies, and nothing else changes. When four
 * checks in a row have seen no reply, it opens another connection instead: nothing else would notice the loss.
 *
 * On a cluster, it listens to one node, since each node receives every message, and to another one after a loss. ioredis
 * cannot: its connection for subscriptions has no time-out, and a new client of a cluster waits until all slots are
 * served, which never happens while a master without a replica is frozen.
 */
class Subscriber {
  readonly #engine: Engine
  readonly #receive: (signal: Signal) => void
  #connection: Redis | undefined
  #timer: NodeJS.Timeout | undefined
  #isReplyPending = false
  #silentChecks = 0
  #onSubscribed = () => {}

  constructor(engine: Engine, receive: (signal: Signal) => void) {
    this.#engine = engine
    this.#receive = receive
  }

  /** Resolves once Redis has subscribed it, over whichever connection: one that is replaced meanwhile fails nothing. */
  async start(): Promise<void> {
    const { redis } = this.#engine
    if (redis instanceof Cluster && redis.nodes().length === 0) await once(redis, '+node')
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS)
    this.#replace()
    const subscribed = new Promise<void>((resolve) => (this.#onSubscribed = resolve))
    void this.#subscribeAgain()
    await subscribed
  }

  close(): void {
    clearInterval(this.#timer)
    this.#abandon()
  }

  #replace(): void {
    this.#abandon()
    this.#connection = openListener(this.#engine.redis)
    // ioredis reconnects by itself; without a listener it prints each error.
    this.#connection?.on('error', () => {})
    this.#connection?.on('ready', () => this.#onReady())
    this.#connection?.on('message', (_channel, text) => this.#receive(JSON.parse(text) as Signal))
    this.#isReplyPending = false
    this.#silentChecks = 0
  }

  /** Messages in transit would otherwise still reach `receive`. */
  #abandon(): void {
    this.#connection?.removeAllListeners('message')
    this.#connection?.disconnect()
  }

  #check(): void {
    this.#silentChecks = this.#isReplyPending ? this.#silentChecks + 1 : 0
    if (this.#silentChecks >= MAX_SILENT_CHECKS || !this.#connection) this.#replace()
    if (!this.#isReplyPending) void this.#subscribeAgain()
  }

  /** Its subscription went with the connection that broke. */
  #onReady(): void {
    if (!this.#isReplyPending) void this.#subscribeAgain()
  }

  /** One request at a time, or they pile up without Redis. */
  async #subscribeAgain(): Promise<void> {
    const connection = this.#connection
    this.#isReplyPending = true
    const reply = await connection?.subscribe(this.#engine.keys.signals).catch(() => undefined)
    if (connection === this.#connection) this.#isReplyPending = false
    if (reply !== undefined) this.#onSubscribed()
  }
}

/**
 * ioredis would subscribe again by itself after it has reconnected, and handle no failure of it: a reply that is late, or a
 * connection that is replaced meanwhile, would end the process. A request that failed after three seconds, as those of
 * `failFast` connections do, would be followed by the next one before four checks have counted the silence.
 */
const LISTENER = { autoResubscribe: false, commandTimeout: undefined }

/** Opens a connection to the server, or to any node of the cluster. Returns nothing while no node is known. */
function openListener(redis: RedisConnection): Redis | undefined {
  if (redis instanceof Redis) return redis.duplicate(LISTENER)
  const node = redis.nodes()[randomInt(Math.max(redis.nodes().length, 1))]
  // The client of a cluster connects its nodes on demand, and never again.
  return node?.duplicate({ ...LISTENER, lazyConnect: false, retryStrategy: redis.options.clusterRetryStrategy })
}
