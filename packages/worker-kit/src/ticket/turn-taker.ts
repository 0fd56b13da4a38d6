import { takeTurn, type RunEnd, type TicketRun, type Turn, type TurnReply } from '@sluice/engine'
import type { WorkerScope } from '../worker-scope.ts'
import { persistently } from '../persistently.ts'

/** What a run decides about a turn. */
export type TurnRequest = Pick<Turn, 'intent' | 'want' | 'outcomes'>

/**
 * Takes the turns of one run of a ticket and numbers them. A turn that fails is repeated under its own number, so that
 * it takes effect once.
 */
export class TurnTaker {
  readonly #scope: WorkerScope
  readonly #run: TicketRun
  #turn = 0

  constructor(scope: WorkerScope, run: TicketRun) {
    this.#scope = scope
    this.#run = run
  }

  async take(request: TurnRequest): Promise<TurnReply> {
    const { engine, log, observe, averages } = this.#scope
    const { batchId, ticket, run } = this.#run
    this.#turn += 1
    const turn: Turn = { ticket, run, turn: this.#turn, ...request }
    const startedAt = performance.now()
    const reply = await persistently(`turn of ticket ${batchId}.${ticket}`, log, () => takeTurn(engine, batchId, turn))
    const durationMs = performance.now() - startedAt
    averages.addTurn(durationMs)
    observe({ kind: 'turn', reply: reply.kind, durationMs })
    return reply
  }

  /** Releases all leased tasks and ends the run. The ticket returns after `restMs` at the earliest. */
  async release(restMs: number): Promise<RunEnd> {
    const reply = await this.take({ intent: 'release', want: 0, outcomes: [] })
    if (reply.kind === 'run') throw new Error('A turn with the intent "release" leased tasks.')
    return reply.kind === 'wait' && restMs > reply.waitMs ? { kind: 'limited', waitMs: restMs } : reply
  }
}
