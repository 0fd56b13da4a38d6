import { Redis } from 'ioredis'
import type { RedisConnection } from './connect-redis.ts'
import type { Engine } from './engine.ts'
import { CHECK_EVERY_MS, MAX_SILENT_CHECKS } from './watch-connection.ts'

/**
 * A pub/sub message to all workers. Signals only reduce latency: a worker that misses one learns the same at its next
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

/** Publishes a signal to all workers. */
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
 * checks in a row have seen no reply, it opens another connection instead. Nothing else would notice the loss: on a
 * cluster, ioredis's connection for subscriptions has no time-out and cannot be reached from outside.
 */
class Subscriber {
  readonly #engine: Engine
  readonly #receive: (signal: Signal) => void
  #connection: RedisConnection
  #timer: NodeJS.Timeout | undefined
  #isReplyPending = false
  #silentChecks = 0

  constructor(engine: Engine, receive: (signal: Signal) => void) {
    this.#engine = engine
    this.#receive = receive
    this.#connection = this.#open()
  }

  async start(): Promise<void> {
    await this.#connection.subscribe(this.#engine.keys.signals)
    this.#timer = setInterval(() => this.#check(), CHECK_EVERY_MS)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#abandon()
  }

  #open(): RedisConnection {
    const connection = duplicateConnection(this.#engine.redis)
    // ioredis reconnects and resubscribes by itself; without a listener it prints each error.
    connection.on('error', () => {})
    connection.on('message', (_channel: string, text: string) => this.#receive(JSON.parse(text) as Signal))
    return connection
  }

  /** Messages in transit would otherwise still reach `receive`. */
  #abandon(): void {
    this.#connection.removeAllListeners('message')
    this.#connection.disconnect()
  }

  #check(): void {
    this.#silentChecks = this.#isReplyPending && this.#isConnected() ? this.#silentChecks + 1 : 0
    if (this.#silentChecks >= MAX_SILENT_CHECKS) this.#replace()
    if (!this.#isReplyPending) void this.#subscribeAgain()
  }

  #isConnected(): boolean {
    return this.#connection.status === 'ready' || this.#connection.status === 'connect'
  }

  #replace(): void {
    this.#abandon()
    this.#connection = this.#open()
    this.#isReplyPending = false
    this.#silentChecks = 0
  }

  /** One request at a time, or they pile up without Redis. */
  async #subscribeAgain(): Promise<void> {
    const connection = this.#connection
    this.#isReplyPending = true
    await connection.subscribe(this.#engine.keys.signals).catch(() => {})
    if (connection === this.#connection) this.#isReplyPending = false
  }
}

function duplicateConnection(redis: RedisConnection): RedisConnection {
  return redis instanceof Redis ? redis.duplicate() : redis.duplicate()
}
