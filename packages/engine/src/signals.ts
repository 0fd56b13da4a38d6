import { Redis } from 'ioredis'
import type { RedisConnection } from './connect-redis.ts'
import type { Engine } from './engine.ts'

/**
 * What all workers are told at once. A signal only makes things quicker: a worker that misses one finds out at its
 * next turn, or when it next looks.
 */
export type Signal =
  /**
   * A batch has stopped: start none of its tasks that were leased under an earlier version, and with `abort` end those
   * that run. Sent by the scripts that stop batches, `lua/lib/interrupt.lua`.
   */
  | { kind: 'stop'; batchId: string; version: number; abort: boolean }
  /** A limit is paused until a time of Redis's clock: no permit for an earlier time is to be used. Sent by `pause-limit`. */
  | { kind: 'pause'; limit: string; untilUs: number }
  /** A detection was cancelled. */
  | { kind: 'detection'; id: string }
  /** The settings of a queue have changed. */
  | { kind: 'queue'; queue: string }

export async function sendSignal(engine: Engine, signal: Signal): Promise<void> {
  await engine.redis.publish(engine.keys.signals, JSON.stringify(signal))
}

/** Nobody answers a subscriber that only listens, so it would never learn that its connection has been forgotten on the way. */
const ASK_EVERY_MS = 5000

/** Calls `receive` for each signal, over a connection of its own. Returns the function that ends it. */
export async function receiveSignals(engine: Engine, receive: (signal: Signal) => void): Promise<() => Promise<void>> {
  const subscriber = duplicateConnection(engine.redis)
  // The connection is made again by itself, and subscribes again when it is.
  subscriber.on('error', () => {})
  subscriber.on('message', (_channel: string, text: string) => receive(JSON.parse(text) as Signal))
  await subscriber.subscribe(engine.keys.signals)
  const timer = setInterval(askAgain(subscriber, engine.keys.signals), ASK_EVERY_MS)
  return async () => {
    clearInterval(timer)
    // What is on its way already would still be received.
    subscriber.removeAllListeners('message')
    subscriber.disconnect()
  }
}

/** Subscribing twice is harmless, and is answered. One question at a time: without Redis they would pile up. */
function askAgain(subscriber: RedisConnection, channel: string): () => void {
  let isAsking = false
  return () => {
    if (isAsking) return
    isAsking = true
    void subscriber
      .subscribe(channel)
      .catch(() => {})
      .finally(() => (isAsking = false))
  }
}

function duplicateConnection(redis: RedisConnection): RedisConnection {
  return redis instanceof Redis ? redis.duplicate() : redis.duplicate()
}
