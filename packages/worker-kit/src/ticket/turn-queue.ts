import { takeTurns, type Engine, type Turn, type TurnReply } from '@sluice/engine'
import { persistently } from '../persistently.ts'
import type { Averages } from './averages.ts'
import { reportPace, type PaceReports } from './report-pace.ts'

/** Turns in one call: Redis takes 1.4 ms for so many slow tasks, and more of them would not be cheaper by the task. */
const MAX_TURNS = 64

/**
 * So many turns wait for no others. Redis takes 21 us by the turn for 16 of them, and 17 us for 64. Slots with tasks of
 * three seconds waited 0.5% of their time for the others.
 */
const ENOUGH_TURNS = 16

/** Outcomes in one call, unless a single turn has more. Twice as many as a turn has at most: no-op tasks run a quarter faster. */
const MAX_OUTCOMES = 256

/**
 * Calls under way while turns for a full one wait. With a single one, Redis waited for this process between two calls, and
 * a worker ran 200,000 no-op tasks a second instead of 260,000. A third one gains nothing.
 */
const MAX_CALLS = 2

/** What all turn queues of a process share. */
interface TurnScope extends PaceReports {
  engine: Engine
  /** The types that this worker handles. */
  types: readonly string[]
  averages: Pick<Averages, 'addTurn'>
}

/** A turn on its way to Redis. */
interface QueuedTurn {
  turn: Turn
  /** By performance.now(). The turn may be delayed until then, so that others can join its call. */
  dueAt: number
  resolve: (reply: TurnReply) => void
}

/**
 * Takes the turns of all tickets of a batch in this process: one call at a time, each with all turns that came meanwhile.
 *
 *     idle ──take──► lingering ──(a turn is due)──► calling ──(reply, turns are left)──► lingering
 *      ▲                                              │
 *      └──────────────(reply, no turn is left)────────┘
 *
 * While it calls, turns for a full call do not wait for the reply, so that Redis handles one call while this process runs
 * what the other one leased. Calls under way have different tickets, so their order does not matter.
 *
 * A call that fails is repeated as it is. Every turn keeps its number, so a repeat takes effect once.
 */
export class TurnQueue {
  readonly #scope: TurnScope
  readonly #batchId: string
  #turns: QueuedTurn[] = []
  /** Outcomes of the turns that wait. */
  #outcomeCount = 0
  #callCount = 0
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined

  constructor(scope: TurnScope, batchId: string) {
    this.#scope = scope
    this.#batchId = batchId
  }

  /** Whether no turn waits or is under way. */
  get isIdle(): boolean {
    return this.#turns.length === 0 && this.#callCount === 0
  }

  /** Takes a turn, delayed by at most `lingerMs` while no call is under way. */
  async take(turn: Turn, lingerMs: number): Promise<TurnReply> {
    return await new Promise((resolve) => {
      this.#turns.push({ turn, dueAt: performance.now() + lingerMs, resolve })
      this.#outcomeCount += turn.outcomes.length
      this.#schedule()
    })
  }

  #schedule(): void {
    while (this.#isFull && this.#callCount < MAX_CALLS) void this.#call()
    if (this.#callCount > 0 || this.#immediate || this.#turns.length === 0) return
    clearTimeout(this.#timer)
    const waitMs = Math.min(...this.#turns.map(({ dueAt }) => dueAt)) - performance.now()
    if (waitMs > 1 && this.#turns.length < ENOUGH_TURNS) {
      this.#timer = setTimeout(() => this.#schedule(), waitMs)
      return
    }
    // Tasks that end in the same tick share a call.
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined
      if (this.#callCount === 0) void this.#call()
    })
  }

  async #call(): Promise<void> {
    this.#callCount += 1
    const called = this.#takeFromQueue()
    const replies = await this.#takeTurns(called.map(({ turn }) => turn))
    this.#callCount -= 1
    // The next full call leaves before this process runs what the last one leased.
    this.#schedule()
    for (const [i, { resolve }] of called.entries()) resolve(replies[i] ?? { kind: 'superseded' })
  }

  get #isFull(): boolean {
    if (this.#turns.length < 2) return false
    return this.#turns.length > MAX_TURNS || this.#outcomeCount > MAX_OUTCOMES
  }

  #takeFromQueue(): QueuedTurn[] {
    const taken = this.#turns.splice(0, this.#sizeOfCall())
    for (const { turn } of taken) this.#outcomeCount -= turn.outcomes.length
    return taken
  }

  #sizeOfCall(): number {
    let outcomes = 0
    for (const [i, { turn }] of this.#turns.entries()) {
      outcomes += turn.outcomes.length
      if (i > 0 && (i === MAX_TURNS || outcomes > MAX_OUTCOMES)) return i
    }
    return this.#turns.length
  }

  async #takeTurns(turns: readonly Turn[]): Promise<TurnReply[]> {
    const { engine, types, log, averages } = this.#scope
    const startedAt = performance.now()
    const { replies, paceChange } = await persistently(`taking turns of batch ${this.#batchId}`, log, () =>
      takeTurns(engine, this.#batchId, { turns, types }),
    )
    averages.addTurn(performance.now() - startedAt)
    if (paceChange) reportPace(this.#scope, this.#batchId, paceChange)
    return replies
  }
}

/** The turn queues of a process, one for each batch that has turns to take. */
export class TurnQueues {
  readonly #scope: TurnScope
  readonly #queues = new Map<string, TurnQueue>()

  constructor(scope: TurnScope) {
    this.#scope = scope
  }

  /** Number of batches that have turns to take. */
  get count(): number {
    return this.#queues.size
  }

  /** Takes a turn of a ticket of a batch, together with turns of the batch's other tickets. */
  async take(batchId: string, turn: Turn, lingerMs: number): Promise<TurnReply> {
    const queue = this.#queues.get(batchId) ?? new TurnQueue(this.#scope, batchId)
    this.#queues.set(batchId, queue)
    const reply = await queue.take(turn, lingerMs)
    if (queue.isIdle) this.#queues.delete(batchId)
    return reply
  }
}
