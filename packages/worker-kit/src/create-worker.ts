import {
  createEngine,
  closeEngine,
  listQueueNames,
  receiveSignals,
  serveTickets,
  startMaintenance,
  type EngineQuotas,
  type RedisConnection,
  type Signal,
} from '@sluice/engine'
import { BatchKnowledge } from './ticket/batch-knowledge.ts'
import { Detections } from './detection/detections.ts'
import type { Handlers, Logger } from './handler.ts'
import type { HttpHandler } from './http/http-handler.ts'
import { Limiters } from './limit/limiters.ts'
import { persistently } from './ticket/persistently.ts'
import { runTicket, type TicketRunner, type WorkerEvent } from './ticket/run-ticket.ts'
import { RunningAttempts } from './ticket/running-attempts.ts'
import { SlotDemand } from './ticket/slot-demand.ts'
import { StoppedBatches } from './ticket/stopped-batches.ts'

export interface WorkerOptions {
  /** Made by `connectRedis`, without `failFast`. The worker uses it and does not close it. */
  redis: RedisConnection
  /** Handlers by task type. */
  handlers: Handlers
  /** Makes the calls of detections. Default: this worker makes no detections. */
  http?: HttpHandler
  /** Names of queues to serve, or `all` (default): those there are, and those that will be. */
  queues?: readonly string[] | 'all'
  /** Tasks that may run at once in this process, for each queue. Default 50. */
  concurrency?: number
  /** What all keys begin with. Default `sluice`. */
  prefix?: string
  quotas?: Partial<EngineQuotas>
  /** Default: nothing is logged. */
  log?: Logger
  /** Told of each attempt and each turn. */
  observe?: (event: WorkerEvent) => void
}

/** Runs tickets until it is closed. States: running, then stopping (nothing new starts), then closed. */
export interface Worker {
  /** Attempts running now. */
  readonly running: number
  /**
   * Starts nothing more, lets what runs finish for up to `graceMs` (default 10,000), then aborts it, gives everything
   * back and returns. Calling it twice waits for the first.
   */
  close(options?: { graceMs?: number }): Promise<void>
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const LOOK_FOR_QUEUES_EVERY_MS = 5000

const DEFAULT_GRACE_MS = 10_000

/** Starts a worker. Resolves when it takes tickets of all its queues; waits for Redis if it must. */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const worker = new TicketWorker(options)
  await worker.start()
  return worker
}

/** Whatever an observer throws must not end what it observes. */
function harmless(observe: TicketRunner['observe'], log: Logger): TicketRunner['observe'] {
  return (event) => {
    try {
      observe(event)
    } catch (error) {
      log.warn({ err: error }, 'an observer of the worker failed')
    }
  }
}

interface Closable {
  close(): Promise<void>
}

class TicketWorker implements Worker {
  readonly #options: WorkerOptions
  readonly #runner: TicketRunner
  readonly #attempts = new RunningAttempts()
  readonly #stopped = new StoppedBatches()
  readonly #waits = new RunningAttempts()
  readonly #queues = new Map<string, Promise<Closable>>()
  readonly #closers: (() => Promise<void>)[] = []
  #detections: Detections | undefined
  #isStopping = false
  #closed: Promise<void> | undefined

  constructor(options: WorkerOptions) {
    const { redis, prefix, quotas, handlers, log = silent, observe = () => {} } = options
    this.#options = options
    const observed = harmless(observe, log)
    const engine = createEngine({ redis, ...(prefix !== undefined && { prefix }), ...(quotas && { quotas }) })
    this.#runner = {
      engine,
      handlers,
      knowledge: new BatchKnowledge(engine),
      demand: new SlotDemand(engine),
      attempts: this.#attempts,
      stopped: this.#stopped,
      limiters: new Limiters({ engine, log, observe: observed }),
      waits: this.#waits,
      log,
      observe: observed,
      isStopping: () => this.#isStopping,
    }
  }

  get running(): number {
    return this.#attempts.count
  }

  async start(): Promise<void> {
    const { engine, log } = this.#runner
    this.#closers.push(await receiveSignals(engine, (signal) => this.#heed(signal)))
    const upkeep = await persistently('starting the upkeep', log, () =>
      startMaintenance(engine, {
        onRepaired: (counts) => log.info(counts, 'the reconciler put things right'),
        onError: this.#reportError,
      }),
    )
    this.#closers.push(() => upkeep.close())
    await this.#serveDetections()
    await this.#serveQueues()
    const timer = setInterval(() => void this.#serveQueues(), LOOK_FOR_QUEUES_EVERY_MS)
    this.#closers.push(async () => clearInterval(timer))
  }

  readonly #reportError = (error: unknown, what: string): void => {
    // Without Redis every connection reports every attempt to connect. Whoever made `redis` hears of that anyway.
    const isDown = this.#options.redis.status !== 'ready'
    this.#runner.log[isDown ? 'debug' : 'warn']({ err: error }, what)
  }

  #heed(signal: Signal): void {
    if (signal.kind === 'detection') return this.#detections?.cancel(signal.id)
    if (signal.kind === 'queue') return void this.#queueChanged(signal.queue)
    if (signal.kind === 'pause') return this.#runner.limiters.pause(signal.limit, signal.untilUs)
    this.#stopped.add(signal.batchId, signal.version)
    this.#waits.abortBatch(signal.batchId, 'the batch was stopped')
    if (signal.abort) this.#attempts.abortBatch(signal.batchId, 'the batch was stopped')
  }

  async #serveDetections(): Promise<void> {
    const { http } = this.#options
    if (http === undefined) return
    const { engine, log } = this.#runner
    this.#detections = new Detections({ engine, log, http, onError: this.#reportError })
    await this.#detections.start()
  }

  async #queueChanged(queue: string): Promise<void> {
    this.#runner.knowledge.forgetQueue(queue)
    await this.#serveQueues()
  }

  /** One look at which queues there are: begins with those that are new, ends with those that are gone. */
  async #serveQueues(): Promise<void> {
    const { queues = 'all', concurrency = 50 } = this.#options
    try {
      const names = queues === 'all' ? await listQueueNames(this.#runner.engine) : queues
      if (this.#isStopping) return
      for (const name of names) {
        if (!this.#queues.has(name)) this.#serve(name, concurrency)
      }
      const gone = [...this.#queues.keys()].filter((name) => !names.includes(name))
      await Promise.all([...this.#queues.values(), ...gone.map((name) => this.#leaveQueue(name))])
    } catch (error) {
      this.#runner.log.warn({ err: error }, 'queues could not be listed; trying again soon')
    }
  }

  #serve(name: string, concurrency: number): void {
    const starting = serveTickets(this.#runner.engine, name, {
      concurrency,
      runTicket: (run) => runTicket(this.#runner, run),
      onError: this.#reportError,
    })
    this.#queues.set(name, starting)
    // One that could not start is tried again at the next look.
    starting.catch(() => this.#queues.delete(name))
  }

  async #leaveQueue(name: string): Promise<void> {
    const leaving = this.#queues.get(name)
    this.#queues.delete(name)
    await (await leaving)?.close()
  }

  async close({ graceMs = DEFAULT_GRACE_MS } = {}): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    await this.#closed
  }

  async #close(graceMs: number): Promise<void> {
    this.#isStopping = true
    this.#waits.abortAll('the worker shuts down')
    const timer = setTimeout(() => {
      this.#attempts.abortAll('the worker shuts down')
      this.#detections?.abortAll()
    }, graceMs)
    await Promise.all([...[...this.#queues.keys()].map((name) => this.#leaveQueue(name)), this.#detections?.close()])
    clearTimeout(timer)
    await this.#runner.limiters.flush()
    await Promise.all(this.#closers.map((close) => close()))
    await closeEngine(this.#runner.engine)
  }
}
