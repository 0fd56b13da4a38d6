import {
  takeTurn,
  type Engine,
  type LeasedTask,
  type Outcome,
  type TicketEnd,
  type TicketRun,
  type Turn,
  type TurnReply,
} from '@sluice/engine'
import type { BatchKnowledge, KnownBatch } from './batch-knowledge.ts'
import type { Handlers, Logger } from './handler.ts'
import { persistently } from './persistently.ts'
import { runAttempt, type AttemptScope } from './run-attempt.ts'
import type { RunningAttempts } from './running-attempts.ts'
import { nextSliceSize } from './slice-size.ts'
import { Slice } from './slice.ts'
import type { StoppedBatches } from './stopped-batches.ts'

/** After so long a ticket goes to the back of its queue, so that no batch starves another. */
const QUANTUM_MS = 500

/** What the runs of all tickets in a process share. */
export interface TicketRunner {
  engine: Engine
  handlers: Handlers
  knowledge: BatchKnowledge
  attempts: RunningAttempts
  stopped: StoppedBatches
  log: Logger
  observe: (event: WorkerEvent) => void
  /** The process is shutting down: start nothing more, give back what is held. */
  isStopping: () => boolean
}

/** What happens in a worker, for metrics. */
export type WorkerEvent =
  | { kind: 'attempt'; queue: string; type: string; outcome: Outcome['kind'] | 'aborted'; durationMs: number }
  | { kind: 'turn'; reply: TurnReply['outcome']; durationMs: number }

/** Runs tasks of a batch, turn after turn, until the batch has nothing for the ticket or its quantum is over. */
export async function runTicket(runner: TicketRunner, run: TicketRun): Promise<TicketEnd> {
  const turns = new TurnTaker(runner, run)
  const quantumEnds = performance.now() + QUANTUM_MS
  let outcomes: Outcome[] = []
  let batch: KnownBatch | undefined
  for (let size = 0; ;) {
    const isOver = runner.isStopping() || performance.now() > quantumEnds
    size = nextSliceSize(size, batch?.averageMs)
    const reply = await turns.take({ intent: isOver ? 'release' : 'lease', want: size, outcomes })
    if (reply.outcome !== 'run') return reply

    batch = await knowBatch(runner, run.batchId, reply.version)
    if (!batch) return { outcome: 'stopped', state: 'deleted' }
    const slice = await runSlice(runner, run, turns, batch, reply)
    if (slice.end) return slice.end
    outcomes = slice.outcomes
  }
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
  const scope = await attemptScope(runner, run, batch)
  const slice = new Slice(tasks.length, (intent, outcomes) => turns.take({ intent, want: 0, outcomes }))
  for (const [i, task] of tasks.entries()) {
    if (slice.isOver || runner.isStopping() || runner.stopped.hasStoppedSince(run.batchId, version)) break
    const outcome = await slice.run(() => runAttempt(scope, task))
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

async function attemptScope(runner: TicketRunner, { batchId }: TicketRun, batch: KnownBatch): Promise<AttemptScope> {
  const { handlers, attempts, log, knowledge } = runner
  const { queue } = batch.settings
  const http = await persistently(`reading the settings of queue ${queue}`, log, () => knowledge.http(queue))
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

  async take(what: Pick<Turn, 'intent' | 'want' | 'outcomes'>): Promise<TurnReply> {
    const { engine, log, observe } = this.#runner
    const { batchId, ticket, run } = this.#run
    this.#turn += 1
    const turn: Turn = { ticket, run, turn: this.#turn, ...what }
    const startedAt = performance.now()
    const reply = await persistently(`turn of ticket ${batchId}.${ticket}`, log, () => takeTurn(engine, batchId, turn))
    observe({ kind: 'turn', reply: reply.outcome, durationMs: performance.now() - startedAt })
    return reply
  }
}
