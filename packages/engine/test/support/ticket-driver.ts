import type { Engine } from '../../src/engine.ts'
import type { LeasedTask, Outcome, Turn, TurnReply } from '../../src/scripts/take-turns.ts'
import { markStarted } from '../../src/turn/mark-started.ts'
import { takeTurns } from '../../src/turn/take-turns.ts'

/** Which run of which ticket to drive. */
export interface DriverOptions {
  /** Default 0. */
  ticket?: number
  /** Default `1.1`. */
  run?: string
  /** The types that its worker handles. Default `http`. */
  types?: readonly string[]
}

/** Takes and numbers the turns of one run of a ticket, as a worker does. */
export class TicketDriver {
  readonly #engine: Engine
  readonly #batchId: string
  readonly ticket: number
  readonly run: string
  readonly types: readonly string[]
  #last: Turn | undefined

  constructor(engine: Engine, batchId: string, { ticket = 0, run = '1.1', types = ['http'] }: DriverOptions = {}) {
    this.#engine = engine
    this.#batchId = batchId
    this.ticket = ticket
    this.run = run
    this.types = types
  }

  /** Returns the same run of the ticket in another process. */
  as(engine: Engine): TicketDriver {
    const driver = new TicketDriver(engine, this.#batchId, this)
    driver.#last = this.#last
    return driver
  }

  /** Settles these outcomes, releases the rest of the slice, and leases new tasks. */
  lease(want: number, outcomes: readonly Outcome[] = []): Promise<TurnReply> {
    return this.#take({ intent: 'lease', want, outcomes })
  }

  /** The same as `lease`, but the tasks have not started before `markStarted`. */
  reserve(want: number, outcomes: readonly Outcome[] = []): Promise<TurnReply> {
    return this.#take({ intent: 'reserve', want, outcomes })
  }

  /** Says that the tasks that the last turn reserved start, or that they wait again. */
  async markStarted(hasStarted = true): Promise<void> {
    if (!this.#last) throw new Error('There is no turn whose tasks could start.')
    await markStarted(this.#engine, this.#batchId, [{ ...this.#last, hasStarted }])
  }

  /** Settles these outcomes and continues with the rest of the slice. */
  continue(outcomes: readonly Outcome[]): Promise<TurnReply> {
    return this.#take({ intent: 'continue', want: 0, outcomes })
  }

  /** Settles these outcomes, keeps the first task of the rest running, and releases the others. */
  keepRunning(outcomes: readonly Outcome[]): Promise<TurnReply> {
    return this.#take({ intent: 'keep_running', want: 0, outcomes })
  }

  /** Settles these outcomes, keeps the first task of the rest running, releases the others, and leases new tasks. */
  leaseAhead(want: number, outcomes: readonly Outcome[] = []): Promise<TurnReply> {
    return this.#take({ intent: 'lease_ahead', want, outcomes })
  }

  /** Settles these outcomes and releases the rest of the slice. */
  release(outcomes: readonly Outcome[] = []): Promise<TurnReply> {
    return this.#take({ intent: 'release', want: 0, outcomes })
  }

  /** Sends the last turn again, as a client does that has lost the reply. */
  repeat(): Promise<TurnReply> {
    if (!this.#last) throw new Error('There is no turn to repeat.')
    return this.#send(this.#last)
  }

  /** Sends a turn with any number, regardless of earlier turns. */
  send(turn: Pick<Turn, 'turn' | 'intent' | 'want' | 'outcomes'>): Promise<TurnReply> {
    this.#last = { ticket: this.ticket, run: this.run, ...turn }
    return this.#send(this.#last)
  }

  async #send(turn: Turn): Promise<TurnReply> {
    const {
      replies: [reply],
    } = await takeTurns(this.#engine, this.#batchId, { turns: [turn], types: this.types })
    if (!reply) throw new Error('The turn got no reply.')
    return reply
  }

  #take(turn: Pick<Turn, 'intent' | 'want' | 'outcomes'>): Promise<TurnReply> {
    return this.send({ turn: (this.#last?.turn ?? 0) + 1, ...turn })
  }
}

/** Returns the tasks of a reply. Throws if the reply is not `run`. */
export function tasksIn(reply: TurnReply): LeasedTask[] {
  if (reply.kind !== 'run') throw new Error(`The turn was answered ${JSON.stringify(reply)}, not "run".`)
  return reply.tasks
}

/** Returns the seqs of a reply's tasks. Throws if the reply is not `run`. */
export function seqsOf(reply: TurnReply): number[] {
  return tasksIn(reply).map(({ seq }) => seq)
}

/** Takes turns until the ticket gets no more tasks, and reports the outcome that `settle` returns for each task. */
export async function runToEnd(
  ticket: TicketDriver,
  want: number,
  settle: (task: LeasedTask) => Outcome,
): Promise<{ tasks: LeasedTask[]; end: TurnReply }> {
  const tasks: LeasedTask[] = []
  let reply = await ticket.lease(want)
  while (reply.kind === 'run') {
    tasks.push(...reply.tasks)
    reply = await ticket.lease(want, reply.tasks.map(settle))
  }
  return { tasks, end: reply }
}
