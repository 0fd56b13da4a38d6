import {
  findQueueSettings,
  serveDetections,
  type DetectionFault,
  type DetectionOutcome,
  type DetectionRun,
  type Engine,
} from '@sluice/engine'
import { detectLimits, DetectionError, type Clock } from '@sluice/limit-detection'
import { setTimeout as sleep } from 'node:timers/promises'
import { NonRetryableError } from '../errors.ts'
import type { Logger } from '../handler.ts'
import type { HttpHandler } from '../http/http-handler.ts'
import { persistently } from '../persistently.ts'
import { createHttpProbe } from './http-probe.ts'

export interface DetectionsOptions {
  engine: Engine
  /** The id of the worker. */
  workerId: string
  log: Logger
  http: HttpHandler
  onError: (error: unknown, what: string) => void
}

const REPORT_EVERY_MS = 1000

const STOPPED: DetectionFault = {
  reason: 'worker_stopped',
  message: 'The worker that ran this detection stopped before it finished. Start a new detection.',
}

/** The reason for which a detection is aborted. */
class DetectionEndedError extends Error {
  override readonly name = 'DetectionEndedError'
}

const clock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
}

/** Runs detections, one at a time, from `start` to `close`. */
export class Detections {
  readonly #options: DetectionsOptions
  readonly #running = new Map<string, AbortController>()
  #service: { close(): Promise<void> } | undefined

  constructor(options: DetectionsOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { engine, workerId, onError } = this.#options
    this.#service = await serveDetections(engine, { workerId, runDetection: (run) => this.#run(run), onError })
  }

  /** Aborts one detection if it runs in this process. */
  cancel(id: string): void {
    this.#running.get(id)?.abort(new DetectionEndedError('The detection was aborted.'))
  }

  /** Aborts the running detections. They fail with the reason `worker_stopped`. */
  abortAll(): void {
    for (const id of this.#running.keys()) this.cancel(id)
  }

  /** Starts no further detection and waits for the running one. */
  async close(): Promise<void> {
    await this.#service?.close()
  }

  async #run(run: DetectionRun): Promise<DetectionOutcome> {
    const controller = new AbortController()
    this.#running.set(run.id, controller)
    const reporter = new Reporter(run, () => this.cancel(run.id))
    try {
      return await this.#detect(run, controller.signal, reporter)
    } catch (error) {
      return { state: 'failed', error: this.#faultOf(error, run.id) }
    } finally {
      this.#running.delete(run.id)
      await reporter.stop()
    }
  }

  async #detect(
    { request: { call, queue, budgets } }: DetectionRun,
    signal: AbortSignal,
    reporter: Reporter,
  ): Promise<DetectionOutcome> {
    const { engine, http, log } = this.#options
    // Before the first call, so a detection needs not fail because Redis fails over at this moment.
    const settings = await persistently(`reading the settings of queue ${queue}`, log, () =>
      findQueueSettings(engine, queue),
    )
    const probe = createHttpProbe(http, call, { http: settings?.http ?? {}, log })
    const onProgress = (progress: object) => reporter.note(progress)
    return { state: 'completed', result: await detectLimits({ probe, clock, budgets, signal, onProgress }) }
  }

  /** The fault of a failed detection. A cancelled detection stays cancelled, whatever its fault. */
  #faultOf(error: unknown, id: string): DetectionFault {
    if (error instanceof DetectionEndedError) return STOPPED
    if (error instanceof DetectionError) return { reason: error.reason, message: error.message }
    if (error instanceof NonRetryableError) return { reason: 'refused', message: error.message }
    this.#options.log.error({ err: error, detectionId: id }, 'a detection failed unexpectedly')
    return { reason: 'internal', message: 'Internal error. The log of the worker contains the details.' }
  }
}

/** Reports the progress of a detection once a second, even without progress: the reply says whether it has ended. */
class Reporter {
  readonly #run: DetectionRun
  readonly #onEnded: () => void
  readonly #timer: NodeJS.Timeout
  #latest: object | undefined
  #reporting: Promise<void> = Promise.resolve()

  constructor(run: DetectionRun, onEnded: () => void) {
    this.#run = run
    this.#onEnded = onEnded
    this.#timer = setInterval(() => {
      this.#reporting = this.#report()
    }, REPORT_EVERY_MS)
  }

  note(progress: object): void {
    this.#latest = progress
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#reporting
  }

  async #report(): Promise<void> {
    try {
      if (!(await this.#run.report(this.#latest))) this.#onEnded()
    } catch {
      // Redis is down for the moment. The next report replaces this one.
    }
  }
}
