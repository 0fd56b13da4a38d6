import {
  takeTurn,
  type Engine,
  type LeasedTask,
  type Outcome,
  type RunEnd,
  type TicketRun,
  type Turn,
  type TurnReply,
} from '@sluice/engine'
import type { BatchKnowledge, KnownBatch } from './batch-knowledge.ts'
import type { Handlers, Logger } from '../handler.ts'
import { LimitReport } from '../limit/limit-report.ts'
import type { LimitEvent } from '../limit/limit-event.ts'
import type { Limiter } from '../limit/limiter.ts'
import type { Limiters } from '../limit/limiters.ts'
import { runPermitted } from '../limit/run-permitted.ts'
import { persistently } from './persistently.ts'
import { runAttempt, type AttemptScope } from './run-attempt.ts'
import { AttemptAbortedError, type RunningAttempts } from './running-attempts.ts'
import { nextSliceSize } from './slice-size.ts'
import { Slice } from './slice.ts'
import type { SlotDemand } from './slot-demand.ts'
import type { StoppedBatches } from './stopped-batches.ts'

/** After so long a ticket goes to the back of its queue if others wait there, so that no batch starves another. */
const QUANTUM_MS = 250

/**
 * After so long, on average, it does anyway: where nobody waits, a worker that has just come would find nothing to take.
 * Tickets that began together do not all go together, from half of this time to half as much again.
 */
const LONGEST_RUN_MS = 2000

/** What the runs of all tickets in a process share. */
export interface TicketRunner {
  engine: Engine
  handlers: Handlers
  knowledge: BatchKnowledge
  demand: SlotDemand
  attempts: RunningAttempts
  stopped: StoppedBatches
  limiters: Limiters
  /** Tasks that wait for their permits. */
  waits: RunningAttempts
  log: Logger
  observe: (event: WorkerEvent) => void
  /** The process is shutting down: start nothing more, give back what is held. */
  isStopping: () => boolean
}

/** What happens in a worker, for metrics. */
export type WorkerEvent =
  | { kind: 'attempt'; queue: string; type: string; outcome: Outcome['kind'] | 'aborted'; durationMs: number }
  | { kind: 'turn'; reply: TurnReply['kind']; durationMs: number }
  | LimitEvent

/** Runs tasks of a batch, turn after turn, until the batch has nothing for the ticket or its quantum is over. */
export async function runTicket(runner: TicketRunner, run: TicketRun): Promise<RunEnd> {
  const turns = new TurnTaker(runner, run)
  const startedAt = performance.now()
  const endsAt = startedAt + LONGEST_RUN_MS * (0.5 + Math.random())
  let outcomes: Outcome[] = []
  let batch = runner.knowledge.recall(run.batchId)
  for (;;) {
    const isOver = runner.isStopping() || (await mustGiveWay(runner, run.queue, { startedAt, endsAt }))
    const limiter = await limiterOf(runner, run.queue)
    // Under a limit each task waits for its own permit, and none shall wait behind another of its slice.
    const size = limiter ? 1 : nextSliceSize(batch?.sliceSize ?? 0, batch?.averageMs, runner.knowledge.turnMs)
    const reply = await turns.take({ intent: isOver ? 'release' : 'lease', want: size, outcomes })
    if (reply.kind !== 'run') return reply

    batch = await knowBatch(runner, run.batchId, reply.version)
    if (!batch) return { kind: 'missing' }
    batch.sliceSize = size
    const slice = limiter
      ? await runLimited(runner, turns, { batch, limiter, ...reply })
      : await runSlice(runner, run, turns, batch, reply)
    if (slice.end) return slice.end
    outcomes = slice.outcomes
  }
}

async function mustGiveWay(
  { demand }: TicketRunner,
  queue: string,
  { startedAt, endsAt }: { startedAt: number; endsAt: number },
): Promise<boolean> {
  const now = performance.now()
  if (now - startedAt < QUANTUM_MS) return false
  return now >= endsAt || (await demand.isWanted(queue))
}

/** If this were to fail, the tasks just leased would have to wait for the next run of the ticket, and lose an attempt. */
async function knowBatch(
  { knowledge, log }: TicketRunner,
  id: string,
  version: number,
): Promise<KnownBatch | undefined> {
  return await persistently(`reading the settings of batch ${id}`, log, () => knowledge.batch(id, version))
}

/** Runs the tasks of a slice one after the other. What it does not start it does not report, so it is given back. */
async function runSlice(
  runner: TicketRunner,
  run: TicketRun,
  turns: TurnTaker,
  batch: KnownBatch,
  { tasks, version }: { tasks: LeasedTask[]; version: number },
): Promise<Pick<Slice, 'outcomes' | 'end'>> {
  const scope = { ...(await attemptScope(runner, run.batchId, batch)), report: new LimitReport() }
  const slice = new Slice(tasks.length, (intent, outcomes) => turns.take({ intent, want: 0, outcomes }))
  for (const [i, task] of tasks.entries()) {
    if (slice.isOver || runner.isStopping() || runner.stopped.hasStoppedSince(run.batchId, version)) break
    slice.startTask()
    const outcome = await runAttempt(scope, task)
    const holding = slice.endTask(outcome)
    if (holding) await holding
    observeAttempt(runner, batch, outcome)
    if (outcome) runner.knowledge.countDuration(batch, outcome.durationMs)
    if (!outcome || i + 1 === tasks.length) break
    // A failure is settled at once: nothing may judge the batch by numbers older than what runs now.
    if (outcome.kind !== 'completed') await slice.settle()
    if (slice.end) break
  }
  slice.close()
  return slice
}

/** Runs one task once it has its permit. If it gets none it is given back, and the ticket comes again when it may get one. */
async function runLimited(
  runner: TicketRunner,
  turns: TurnTaker,
  { batch, limiter, tasks, version }: { batch: KnownBatch; limiter: Limiter; tasks: LeasedTask[]; version: number },
): Promise<Pick<Slice, 'outcomes' | 'end'>> {
  const scope = await attemptScope(runner, turns.batchId, batch)
  const [task] = tasks
  if (!task) return { outcomes: [], end: undefined }
  const run = await untilStopped(runner, turns.batchId, version, (signal) =>
    runPermitted(runner, scope, { limiter, task, signal }),
  )
  if (!run.hasRun) return { outcomes: [], end: await turns.giveBack(run.restMs) }
  observeAttempt(runner, batch, run.outcome)
  return { outcomes: run.outcome ? [run.outcome] : [], end: undefined }
}

/** Runs a step with a signal that is aborted when the batch has stopped since `version`, or the worker shuts down. */
async function untilStopped<T>(
  { waits, stopped, isStopping }: TicketRunner,
  batchId: string,
  version: number,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const wait = waits.add(batchId)
  const isOver = isStopping() || stopped.hasStoppedSince(batchId, version)
  if (isOver) wait.abort(new AttemptAbortedError('the batch or the worker had stopped'))
  try {
    return await step(wait.signal)
  } finally {
    waits.remove(wait)
  }
}

async function limiterOf({ knowledge, limiters, log }: TicketRunner, queue: string): Promise<Limiter | undefined> {
  const { limit } = await persistently(`reading the settings of queue ${queue}`, log, () => knowledge.queue(queue))
  return limit === null ? undefined : limiters.open(limit)
}

async function attemptScope(
  runner: TicketRunner,
  batchId: string,
  batch: KnownBatch,
): Promise<Omit<AttemptScope, 'report'>> {
  const { handlers, attempts, log, knowledge } = runner
  const { queue } = batch.settings
  const { http } = await persistently(`reading the settings of queue ${queue}`, log, () => knowledge.queue(queue))
  return { batchId, settings: batch.settings, http, handlers, attempts, log }
}

function observeAttempt(runner: TicketRunner, { settings }: KnownBatch, outcome: Outcome | undefined): void {
  const { queue, type } = settings
  runner.observe({
    kind: 'attempt',
    queue,
    type,
    outcome: outcome?.kind ?? 'aborted',
    durationMs: outcome?.durationMs ?? 0,
  })
}

/** Numbers the turns of a run. A turn that fails is taken again under its own number, which makes that harmless. */
class TurnTaker {
  readonly #runner: TicketRunner
  readonly #run: TicketRun
  #turn = 0

  constructor(runner: TicketRunner, run: TicketRun) {
    this.#runner = runner
    this.#run = run
  }

  get batchId(): string {
    return this.#run.batchId
  }

  /** Ends the run; the ticket comes back after at least so long. */
  async giveBack(restMs: number): Promise<RunEnd> {
    const reply = await this.take({ intent: 'release', want: 0, outcomes: [] })
    if (reply.kind === 'run') throw new Error('A turn that releases a ticket leased something.')
    return reply.kind === 'wait' && restMs > reply.waitMs ? { kind: 'limited', waitMs: restMs } : reply
  }

  async take(what: Pick<Turn, 'intent' | 'want' | 'outcomes'>): Promise<TurnReply> {
    const { engine, log, observe, knowledge } = this.#runner
    const { batchId, ticket, run } = this.#run
    this.#turn += 1
    const turn: Turn = { ticket, run, turn: this.#turn, ...what }
    const startedAt = performance.now()
    const reply = await persistently(`turn of ticket ${batchId}.${ticket}`, log, () => takeTurn(engine, batchId, turn))
    const durationMs = performance.now() - startedAt
    knowledge.countTurn(durationMs)
    observe({ kind: 'turn', reply: reply.kind, durationMs })
    return reply
  }
}
