import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { connectRedis } from '../connect-redis.ts'
import { createKeys } from '../keys.ts'
import { beat, BEAT_EVERY_MS } from './beat.ts'
import type { WorkerLoad } from '../model/worker-status.ts'
import type { HeartbeatMessage, HeartbeatThreadData } from './start-heartbeat.ts'

/*
 * The thread of a heartbeat. It has a connection of its own, and beats although the event loop of the process is busy.
 */

/**
 * A process whose event loop has not turned for this long counts as dead, although its thread could beat: something in
 * it never ends.
 */
const MAX_BLOCKED_MS = 60_000

const { redisUrl, prefix, worker, offer, profile, turnedAt, ...data } = workerData as HeartbeatThreadData

const redis = connectRedis(redisUrl, { failFast: true, connectionName: 'sluice-heartbeat' })
// Each failed beat reports its error.
redis.on('error', () => {})
const scope = { redis, keys: createKeys(prefix) }

let { load } = data
parentPort?.on('message', (latest: WorkerLoad) => void (load = latest))

function isBlocked(): boolean {
  return Date.now() - Number(Atomics.load(turnedAt, 0)) > MAX_BLOCKED_MS
}

function report(message: HeartbeatMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread has no origin
  parentPort?.postMessage(message)
}

async function beatOnce(): Promise<void> {
  try {
    report({ kind: 'beaten', recovery: await beat(scope, { worker, offer, profile, load }) })
  } catch (error) {
    report({ kind: 'failed', error })
  }
}

for (;;) {
  // A beat whose reply is late does not delay the next one.
  if (!isBlocked()) void beatOnce()
  await sleep(BEAT_EVERY_MS)
}
