import { Redis } from 'ioredis'
import type { RedisConnection } from './connect-redis.ts'
import type { Engine } from './engine.ts'

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

/**
 * A subscriber that only listens receives no replies, so it cannot notice a connection that the network has dropped.
 */
const RESUBSCRIBE_EVERY_MS = 5000

/** Calls `receive` for each signal, over a separate connection. Returns the function that ends the subscription. */
export async function receiveSignals(engine: Engine, receive: (signal: Signal) => void): Promise<() => Promise<void>> {
  const subscriber = duplicateConnection(engine.redis)
  // ioredis reconnects and resubscribes by itself; without a listener it prints each error.
  subscriber.on('error', () => {})
  subscriber.on('message', (_channel: string, text: string) => receive(JSON.parse(text) as Signal))
  await subscriber.subscribe(engine.keys.signals)
  const timer = setInterval(resubscribe(subscriber, engine.keys.signals), RESUBSCRIBE_EVERY_MS)
  return async () => {
    clearInterval(timer)
    // Messages in transit would otherwise still reach `receive`.
    subscriber.removeAllListeners('message')
    subscriber.disconnect()
  }
}

/** Subscribes again: Redis replies, and nothing else changes. One request at a time, or they pile up without Redis. */
function resubscribe(subscriber: RedisConnection, channel: string): () => void {
  let isPending = false
  return () => {
    if (isPending) return
    isPending = true
    void subscriber
      .subscribe(channel)
      .catch(() => {})
      .finally(() => (isPending = false))
  }
}

function duplicateConnection(redis: RedisConnection): RedisConnection {
  return redis instanceof Redis ? redis.duplicate() : redis.duplicate()
}
