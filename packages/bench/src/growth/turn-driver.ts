import { takeTurns, type Engine, type LeasedTask, type Outcome } from '@sluice/engine'

/** Takes turns with one ticket of a batch as a worker does, without running the tasks. */
export class TurnDriver {
  readonly #engine: Engine
  readonly #batchId: string
  readonly #ticket: number
  #turn = 0
  #held: LeasedTask[] = []

  constructor(engine: Engine, batchId: string, ticket: number) {
    this.#engine = engine
    this.#batchId = batchId
    this.#ticket = ticket
  }

  /** Takes up to `turns` turns. Each one settles what the previous one leased. Ends early when no task is left. */
  async take(turns: number, want: number, kind: 'completed' | 'failed'): Promise<void> {
    for (let i = 0; i < turns; i += 1) {
      if (!(await this.#takeOne('lease', want, kind))) return
    }
  }

  /** Settles the leased tasks, and leases no others. */
  async release(kind: 'completed' | 'failed' = 'completed'): Promise<void> {
    await this.#takeOne('release', 0, kind)
  }

  async #takeOne(intent: 'lease' | 'release', want: number, kind: 'completed' | 'failed'): Promise<boolean> {
    this.#turn += 1
    const outcomes = this.#held.map((task) => outcomeOf(task, kind))
    const turn = { ticket: this.#ticket, run: '1.1', turn: this.#turn, intent, want, outcomes }
    const {
      replies: [reply],
    } = await takeTurns(this.#engine, this.#batchId, { turns: [turn], types: ['http'] })
    this.#held = reply?.kind === 'run' ? reply.tasks : []
    return this.#held.length > 0
  }
}

function outcomeOf({ seq, attempt }: LeasedTask, kind: 'completed' | 'failed'): Outcome {
  if (kind === 'completed')
    return { kind, seq, durationMs: 1.5, record: `{"attempt":${attempt},"durationMs":1.5,"result":{"status":200}}` }
  const error = '{"failureClass":"invalid","message":"The upstream answered 404 Not Found."}'
  const record = `{"attempt":${attempt},"durationMs":1.5,"error":${error}}`
  return { kind, seq, durationMs: 1.5, record, failureClass: 'invalid', group: 'invalid: 404', delayMs: 0, pauseMs: 0 }
}
