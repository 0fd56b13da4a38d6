import type { RunEnd, TicketRun, Turn, TurnReply } from '@sluice/engine'
import type { WorkerScope } from '../worker-scope.ts'

/** What a run decides about a turn. */
export interface TurnRequest extends Pick<Turn, 'intent' | 'want' | 'outcomes'> {
  /** How long the turn may wait for others to share its call, in ms. Default 0. */
  lingerMs?: number
}

/** Takes the turns of one run of a ticket and numbers them. */
export class TurnTaker {
  readonly #scope: Pick<WorkerScope, 'turns' | 'starts' | 'stopped' | 'observe'>
  readonly #run: TicketRun
  #turn = 0

  constructor(scope: Pick<WorkerScope, 'turns' | 'starts' | 'stopped' | 'observe'>, run: TicketRun) {
    this.#scope = scope
    this.#run = run
  }

  async take({ lingerMs = 0, ...request }: TurnRequest): Promise<TurnReply> {
    const { turns, stopped, observe } = this.#scope
    const { batchId, ticket, run } = this.#run
    this.#turn += 1
    const startedAt = performance.now()
    const stop = stopped.versionOf(batchId)
    const reply = await turns.take(batchId, { ticket, run, turn: this.#turn, ...request }, lingerMs)
    // The turn was taken after this stop. If it finds an older version, a failover has lost the stop: remembered, it would
    // keep the ticket from running what each turn leases, without an end.
    if (reply.kind === 'run' && reply.version < stop) stopped.forget(batchId, stop)
    observe({ kind: 'turn', reply: reply.kind, durationMs: performance.now() - startedAt })
    return reply
  }

  /** Says that the task that the last turn reserved starts, or that it waits again. Resolves once that has left. */
  markStarted(hasStarted: boolean): Promise<void> {
    const { batchId, ticket, run } = this.#run
    return this.#scope.starts.add(batchId, { ticket, run, turn: this.#turn, hasStarted })
  }

  /** Releases all leased tasks and ends the run. */
  async release(): Promise<RunEnd> {
    const reply = await this.take({ intent: 'release', want: 0, outcomes: [] })
    if (reply.kind === 'run') throw new Error('A turn with the intent "release" leased tasks.')
    return reply
  }
}
