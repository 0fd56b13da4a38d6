import {
  closeEngine,
  createEngine,
  isOfferKnown,
  issueWithheldTickets,
  receiveSignals,
  startHeartbeat,
  startMaintenance,
  type BatchTransition,
  type Engine,
  type EngineQuotas,
  type Offer,
  type RedisConnection,
  type Signal,
  type WorkerLoad,
} from '@sluice/engine'
import { randomUUID } from 'node:crypto'
import { Detections } from './detection/detections.ts'
import { GraceTime } from './grace-time.ts'
import { silent, type Handlers, type Logger } from './handler.ts'
import type { HttpHandler } from './http/http-handler.ts'
import { Limiters } from './limit/limiters.ts'
import { ServedQueues } from './served-queues.ts'
import { Abortables } from './ticket/abortables.ts'
import { Averages } from './ticket/averages.ts'
import { persistently } from './persistently.ts'
import { SettingsCache } from './ticket/settings-cache.ts'
import { SlotDemands } from './ticket/slot-demands.ts'
import { StartMarks } from './ticket/start-marks.ts'
import { StoppedBatches } from './ticket/stopped-batches.ts'
import { TurnQueues } from './ticket/turn-queue.ts'
import { version } from './version.ts'
import type { WorkerEvent, WorkerScope } from './worker-scope.ts'

export interface WorkerOptions {
  /** A connection made by `connectRedis` without `failFast`. The worker uses it and does not close it. */
  redis: RedisConnection
  /** Handlers by task type. */
  handlers: Handlers
  /** Makes the calls of detections. Default: the worker runs no detections. */
  http?: HttpHandler
  /** Names of the queues to serve, or `all` for every queue, including queues created later. Default `all`. */
  queues?: readonly string[] | 'all'
  /** Maximum number of tasks that run at once in this process, for each queue. Default 50. */
  concurrency?: number
  /** Prefix of all keys in Redis. Default `sluice`. */
  prefix?: string
  quotas?: Partial<EngineQuotas>
  /** Default: nothing is logged. */
  log?: Logger
  /** Receives what happens in the worker, for metrics. */
  observe?: (event: WorkerEvent) => void
}

/** Runs the tasks of its queues until it is closed. */
export interface Worker {
  /** Number of attempts that run now. */
  readonly running: number
  /**
   * Stops the worker: no task starts, running attempts have `graceMs` (default 10,000) to finish and are then aborted,
   * and what is left is released. Resolves once that is done. A second call waits for the first.
   */
  close(options?: { graceMs?: number }): Promise<void>
}

const DEFAULT_CONCURRENCY = 50

const DEFAULT_GRACE_MS = 10_000

/** Starts a worker. Resolves once it serves all its queues; if Redis is down, it waits for Redis. */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const worker = new QueueWorker(options)
  await worker.start()
  return worker
}

/** Keeps an error of an observer from failing what it observes. */
function harmless(observe: WorkerScope['observe'], log: Logger): WorkerScope['observe'] {
  return (event) => {
    try {
      observe(event)
    } catch (error) {
      log.warn({ err: error }, 'the observe callback failed')
    }
  }
}

/**
 * A worker on one engine.
 *
 *     new ──start──► running ──close──► stopping ──(tickets and detections have ended)──► closed
 *
 * A stopping worker starts no task. It aborts waits for permits at once, and running attempts after the grace time.
 */
class QueueWorker implements Worker {
  readonly #options: WorkerOptions
  readonly #scope: WorkerScope
  readonly #queues: ServedQueues
  readonly #closers: (() => Promise<void>)[] = []
  #detections: Detections | undefined
  #isStopping = false
  #closed: Promise<void> | undefined

  constructor(options: WorkerOptions) {
    const { redis, prefix, quotas, queues = 'all', concurrency = DEFAULT_CONCURRENCY } = options
    this.#options = options
    const engine = createEngine({
      redis,
      ...(prefix !== undefined && { prefix }),
      ...(quotas && { quotas }),
      onTransition: (transition) => this.#reportTransition(transition),
    })
    this.#scope = this.#createScope(engine)
    this.#queues = new ServedQueues(this.#scope, { queues, concurrency, onError: this.#reportError })
  }

  get running(): number {
    return this.#scope.attempts.count
  }

  #createScope(engine: Engine): WorkerScope {
    const { handlers, log = silent, observe = () => {} } = this.#options
    const observed = harmless(observe, log)
    const averages = new Averages()
    const types = Object.keys(handlers)
    return {
      engine,
      workerId: randomUUID(),
      handlers,
      settings: new SettingsCache(engine),
      averages,
      demand: new SlotDemands(engine, types),
      stopped: new StoppedBatches(),
      turns: new TurnQueues({ engine, types, log, averages, observe: observed }),
      starts: new StartMarks(engine),
      limiters: new Limiters({ engine, log, observe: observed }),
      attempts: new Abortables(),
      waits: new Abortables(),
      parked: new Abortables(),
      log,
      observe: observed,
      isStopping: () => this.#isStopping,
    }
  }

  async start(): Promise<void> {
    const { engine, workerId, log } = this.#scope
    const isNewOffer = await this.#startHeartbeat()
    this.#closers.push(await receiveSignals(engine, (signal) => this.#receive(signal)))
    const maintenance = await persistently('starting maintenance', log, () =>
      startMaintenance(engine, {
        workerId,
        onRepaired: (counts) => log.info(counts, 'the reconciler repaired inconsistencies'),
        onError: this.#reportError,
      }),
    )
    this.#closers.push(() => maintenance.close())
    await this.#serveDetections()
    await this.#queues.start()
    if (isNewOffer) await this.#issueWithheldTickets()
  }

  get #offer(): Offer {
    const { queues = 'all', handlers } = this.#options
    return { queues, types: Object.keys(handlers) }
  }

  get #load(): WorkerLoad {
    const { attempts, demand } = this.#scope
    return { running: attempts.count, tickets: demand.runningByQueue() }
  }

  /** Returns whether no other worker makes the offer of this one. */
  async #startHeartbeat(): Promise<boolean> {
    const { engine, workerId: worker, log } = this.#scope
    const isKnown = await persistently('reading the offers of workers', log, () => isOfferKnown(engine, this.#offer))
    const heartbeat = await startHeartbeat(engine, {
      worker,
      offer: this.#offer,
      version,
      concurrency: this.#options.concurrency ?? DEFAULT_CONCURRENCY,
      load: () => this.#load,
      onRecovered: ({ workers, jobs }) =>
        log.warn({ workers, tickets: jobs }, 'workers have died; others run their tickets'),
      onError: this.#reportError,
    })
    this.#closers.push(() => heartbeat.stop())
    return !isKnown
  }

  /** What fails here, the reconciler makes up for. */
  async #issueWithheldTickets(): Promise<void> {
    await issueWithheldTickets(this.#scope.engine, this.#offer).catch((error: unknown) =>
      this.#reportError(error, 'could not issue the tickets of batches that waited for a handler; the reconciler will'),
    )
  }

  #reportTransition(transition: BatchTransition): void {
    const { observe, log } = this.#scope
    observe({ kind: 'transition', transition })
    log.info(transition, `the batch was ${transition.transition}`)
  }

  readonly #reportError = (error: unknown, what: string): void => {
    // While Redis is down, every connection reports every attempt to connect. The owner of `redis` reports the outage.
    const isDown = this.#options.redis.status !== 'ready'
    this.#scope.log[isDown ? 'debug' : 'warn']({ err: error }, what)
  }

  #receive(signal: Signal): void {
    const { limiters, stopped, waits, parked, attempts } = this.#scope
    if (signal.kind === 'detection') return this.#detections?.cancel(signal.id)
    if (signal.kind === 'use') return void this.#queues.refresh()
    if (signal.kind === 'queue') return this.#receiveQueueChange(signal.queue)
    if (signal.kind === 'pause') return limiters.pause(signal.limit, signal.untilUs)
    if (signal.kind === 'limit') return limiters.retry(signal.limit)
    if (signal.kind === 'api_key' || signal.kind === 'session') return undefined
    stopped.add(signal.batchId, signal.version)
    for (const waiting of [waits, parked]) waiting.abortBatch(signal.batchId, 'The batch was stopped.')
    if (signal.abort) attempts.abortBatch(signal.batchId, 'The batch was stopped.')
  }

  #receiveQueueChange(queue: string): void {
    this.#scope.settings.forgetQueue(queue)
    void this.#queues.refresh()
  }

  async #serveDetections(): Promise<void> {
    const { http } = this.#options
    if (http === undefined) return
    const { engine, workerId, log } = this.#scope
    this.#detections = new Detections({ engine, workerId, log, http, onError: this.#reportError })
    await this.#detections.start()
  }

  async close({ graceMs = DEFAULT_GRACE_MS } = {}): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    await this.#closed
  }

  async #close(graceMs: number): Promise<void> {
    const { engine, waits, parked, attempts, limiters } = this.#scope
    this.#isStopping = true
    for (const waiting of [waits, parked]) waiting.abortAll('The worker is stopping.')
    const graceTime = new GraceTime(graceMs, () => {
      attempts.abortAll('The worker is stopping.')
      this.#detections?.abortAll()
    })
    await Promise.all([this.#queues.close(), this.#detections?.close()])
    graceTime.cancel()
    await limiters.flush()
    // The heartbeat ends last: until then the worker holds its jobs.
    for (const close of this.#closers.toReversed()) await close()
    await closeEngine(engine)
  }
}
