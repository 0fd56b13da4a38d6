import { closeEngine, connectRedis, createEngine, type CriteriaUpdate, type Engine } from '@sluice/engine'
import { startRedis } from '@sluice/testing/servers'
import { startWorkers } from '../workers.ts'
import { BullmqContender, startBullmqWorkers } from './bullmq-contender.ts'
import { ALL_CRITERIA, SluiceContender } from './sluice-contender.ts'

const handlers = new URL('timed-handlers.ts', import.meta.url)

/** A new Redis without persistence, which all contenders share. */
export interface Arena extends AsyncDisposable {
  redisUrl: string
  redis: ReturnType<typeof connectRedis>
  engine: Engine
}

export async function openArena(): Promise<Arena> {
  await using started = new AsyncDisposableStack()
  const server = started.use(await startRedis({ exclusive: true }))
  const redis = connectRedis(server.url)
  started.defer(() => redis.disconnect())
  const engine = createEngine({ redis })
  started.defer(() => closeEngine(engine))
  const kept = started.move()
  return { redisUrl: server.url, redis, engine, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** The contenders, with all their workers running. Workers that are not being measured are idle. */
export interface Field extends AsyncDisposable {
  /** Sluice with all criteria. */
  sluice: SluiceContender
  withoutCriteria: SluiceContender
  bullmq: BullmqContender
  /** BullMQ with what applications add to it by hand. */
  wired: BullmqContender
}

export async function openField(arena: Arena, workers: number, concurrency: number): Promise<Field> {
  const { redis, redisUrl, engine } = arena
  await using started = new AsyncDisposableStack()
  const { pids } = started.use(await startWorkers({ redisUrl, count: workers, concurrency, handlers }))
  const peer = async (queue: string, isWired: boolean) => {
    const peers = started.use(await startBullmqWorkers(workers, { redisUrl, queue, concurrency, isWired }))
    return started.use(new BullmqContender(queue, peers.pids, redis))
  }
  const ours = (name: string, criteria: CriteriaUpdate) =>
    new SluiceContender(engine, name, { pids, slots: workers * concurrency, criteria })
  const field = {
    sluice: ours('Sluice, all criteria', ALL_CRITERIA),
    withoutCriteria: ours('Sluice, no criteria', {}),
    bullmq: await peer('BullMQ', false),
    wired: await peer('BullMQ, wired by hand', true),
  }
  const kept = started.move()
  return { ...field, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
