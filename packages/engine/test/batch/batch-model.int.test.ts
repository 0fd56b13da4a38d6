import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import { sealBatch } from '../../src/batch/seal-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { SluiceError } from '../../src/errors.ts'
import type { Outcome, Turn } from '../../src/scripts/take-turns.ts'
import { STATE_OF_BYTE } from '../../src/task/read-tasks.ts'
import { markStarted } from '../../src/turn/mark-started.ts'
import { takeTurns } from '../../src/turn/take-turns.ts'
import { BatchModel } from '../support/batch-model.ts'
import { envelopes, makeDue, newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed, failed, postponed, retry } from '../support/outcomes.ts'
import { Random } from '../support/random.ts'
import { readRawBatch } from '../support/raw-batch.ts'

/** Set SLUICE_TEST_SEED to repeat a run. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Math.floor(Math.random() * 1_000_000))
const STEPS = 1500
const QUOTAS = { tickets: 3, maxAttempts: 4 }

engineTest(
  `a batch behaves like the model under random operations (SLUICE_TEST_SEED=${SEED})`,
  { timeout: 60_000 },
  async ({ engine }) => {
    const random = new Random(SEED)
    let subject = await BatchUnderTest.start(engine, random)

    for (let step = 0; step < STEPS; step += 1) {
      if (subject.isOver) subject = await BatchUnderTest.start(engine, random)
      await subject.doSomething()
      await subject.expectToMatchModel(`after step ${step}`)
    }
  },
)

const INTENTS = [
  'lease',
  'reserve',
  'continue',
  'continue',
  'keep_running',
  'lease_ahead',
  'lease_ahead',
  'release',
] as const

/** Applies the same operations to a batch and to its model. */
class BatchUnderTest {
  readonly #engine: Engine
  readonly #random: Random
  readonly #id: string
  readonly #model = new BatchModel(QUOTAS)
  /** The turns of each ticket so far, for late copies. */
  readonly #sent = new Map<number, Turn[]>()
  /** Whether the upstream refuses most calls. */
  #isRefusing = false

  static async start(engine: Engine, random: Random): Promise<BatchUnderTest> {
    const { tickets: concurrency, maxAttempts } = QUOTAS
    // Pauses last until the test ends them.
    const delays = { minDelayMs: AN_HOUR_MS, maxDelayMs: AN_HOUR_MS }
    const id = await newBatch(engine, { concurrency, retry: { maxAttempts, ...delays } })
    const subject = new BatchUnderTest(engine, random, id)
    await subject.#append()
    return subject
  }

  private constructor(engine: Engine, random: Random, id: string) {
    this.#engine = engine
    this.#random = random
    this.#id = id
  }

  get isOver(): boolean {
    return ['completed', 'cancelled'].includes(this.#model.state) && this.#random.chance(0.1)
  }

  async doSomething(): Promise<void> {
    const random = this.#random
    const dice = random.next()
    if (dice < 0.35) await this.#take(this.#nextTurn(this.#aTicket()))
    else if (dice < 0.5) await this.#takeTogether()
    else if (dice < 0.58) await this.#take(this.#newRun(this.#aTicket()))
    else if (dice < 0.7) await this.#lateCopy()
    else if (dice < 0.82) await this.#append()
    else if (dice < 0.94) await this.#letTimePass()
    else if (dice < 0.95) await this.#interrupt()
    else if (dice < 0.97) await this.#resume()
    else if (dice < 0.98) await this.#retry()
    else if (dice < 0.995 && this.#model.tasks.length > 100) await this.#seal()
    else if (dice > 0.995) await this.#cancel()
  }

  #nextTurn(ticket: number): Turn {
    const last = this.#sent.get(ticket)?.at(-1)
    return this.#makeTurn(ticket, last?.run ?? '1.1', (last?.turn ?? 0) + 1)
  }

  /** Takes turns of several tickets in one call, late copies and new runs among them. */
  async #takeTogether(): Promise<void> {
    const tickets = new Set(Array.from({ length: this.#random.int(2, 5) }, () => this.#aTicket()))
    const turns = [...tickets].map((ticket) => {
      const copy = this.#random.chance(0.2) ? this.#sent.get(ticket)?.at(-1) : undefined
      return copy ?? (this.#random.chance(0.2) ? this.#newRun(ticket) : this.#nextTurn(ticket))
    })
    await this.#take(...turns)
  }

  #newRun(ticket: number): Turn {
    const [epoch = 1, number = 0] = (this.#sent.get(ticket)?.at(-1)?.run ?? '1.0').split('.').map(Number)
    return this.#makeTurn(ticket, this.#random.chance(0.3) ? `${epoch + 1}.1` : `${epoch}.${number + 1}`, 1)
  }

  /** Returns a random ticket, sometimes one in excess of those the batch may have. */
  #aTicket(): number {
    return this.#random.int(0, this.#random.chance(0.1) ? QUOTAS.tickets : QUOTAS.tickets - 1)
  }

  async #lateCopy(): Promise<void> {
    const sent = this.#sent.get(this.#aTicket())
    if (!sent) return
    const turn = this.#random.chance(0.5) ? sent.at(-1) : this.#random.pick(sent)
    if (turn) await this.#take(turn)
  }

  #makeTurn(ticket: number, run: string, number: number): Turn {
    const intent = this.#random.pick(INTENTS)
    const held = this.#model.leases.get(ticket)?.seqs ?? []
    const reported = held.filter(() => this.#random.chance(0.7))
    // Sometimes report a task that the ticket may not hold, but not one contiguous to a reported task: the script
    // records contiguous tasks together or not at all.
    const stray = this.#random.int(0, this.#model.tasks.length)
    if (this.#random.chance(0.2) && stray - 1 !== reported.at(-1)) reported.push(stray)
    const outcomes = reported.map((seq) => this.#anOutcome(seq))
    const turn: Turn = { ticket, run, turn: number, intent, want: this.#random.pick([0, 1, 3, 10, 40, 200]), outcomes }
    this.#sent.set(ticket, [...(this.#sent.get(ticket) ?? []), turn])
    return turn
  }

  async #take(...turns: Turn[]): Promise<void> {
    // The script tells calls apart by the millisecond, the model by their order.
    await sleep(1)
    const { replies } = await takeTurns(this.#engine, this.#id, { turns, types: ['http'] })
    expect(replies).toHaveLength(turns.length)
    this.#model.turns(turns, replies)
    const reserved = turns.filter(({ intent }) => intent === 'reserve')
    await this.#mark(
      reserved.filter(() => this.#random.chance(0.6)),
      true,
    )
    await this.#mark(
      reserved.filter(() => this.#random.chance(0.2)),
      false,
    )
  }

  /** Marks reserved tasks, which has no effect if the turn was a late copy. */
  async #mark(turns: readonly Turn[], hasStarted: boolean): Promise<void> {
    await markStarted(
      this.#engine,
      this.#id,
      turns.map((turn) => ({ ...turn, hasStarted })),
    )
    for (const turn of turns) {
      const lease = this.#model.leases.get(turn.ticket)
      if (lease?.run === turn.run && lease.turn === turn.turn) lease.hasStarted = hasStarted
    }
  }

  #anOutcome(seq: number): Outcome {
    const random = this.#random
    const delayMs = random.pick([0, AN_HOUR_MS])
    const pauseMs = random.chance(0.03) ? AN_HOUR_MS : 0
    if (this.#isRefusing && random.chance(0.8)) return postponed(seq, { delayMs, pauseMs })
    const outcomes = [
      completed(seq),
      completed(seq),
      failed(seq),
      retry(seq, { delayMs }),
      postponed(seq, { delayMs, pauseMs }),
    ]
    return random.pick(outcomes)
  }

  async #append(): Promise<void> {
    const total = this.#model.tasks.length
    const offset = this.#random.pick([undefined, total, Math.max(0, total - 3), total + 1])
    const first = offset ?? total
    const tasks = envelopes(this.#random.pick([1, 5, 40, 130, 200]), first).map((envelope, i) =>
      (first + i) % 5 === 0 ? `{"maxAttempts":2,${envelope.slice(1)}` : envelope,
    )
    const isKept = !this.#model.isSealed && first <= total
    if (isKept) this.#model.append(tasks.slice(total - first))
    await appendTasks(this.#engine, this.#id, [tasks], { offset }).catch(ignoreRefusal)
  }

  /** Makes delayed tasks due, ends a pause, makes postponements old, and has the upstream begin or end to refuse calls. */
  async #letTimePass(): Promise<void> {
    const delayed = this.#model.tasks.flatMap(({ state }, seq) => (state === 'delayed' ? [seq] : []))
    const due = delayed.filter(() => this.#random.chance(0.5))
    await makeDue(this.#engine, this.#id, due)
    for (const seq of due) Object.assign(this.#model.tasks[seq] ?? {}, { isDue: true })
    // The next lease is of a later millisecond than the pause.
    await sleep(2)
    await this.#engine.redis.hset(this.#engine.keys.batch(this.#id).meta, 'paused_until', 0, 'next_start', 0)
    this.#model.isPaused = false
    if (this.#random.chance(0.3)) await this.#agePostponements()
    if (this.#random.chance(0.3)) this.#isRefusing = !this.#isRefusing
  }

  async #agePostponements(): Promise<void> {
    const { postponements } = this.#engine.keys.batch(this.#id)
    for (const [seq, task] of this.#model.tasks.entries()) {
      if (task.postponed !== 'recently' || this.#random.chance(0.5)) continue
      await this.#engine.redis.hset(postponements, seq, '1 0')
      task.postponed = 'too long'
    }
  }

  async #seal(): Promise<void> {
    this.#model.seal()
    await sealBatch(this.#engine, this.#id).catch(ignoreRefusal)
  }

  async #interrupt(): Promise<void> {
    this.#model.interrupt()
    await interruptBatch(this.#engine, this.#id).catch(ignoreRefusal)
  }

  async #resume(): Promise<void> {
    this.#model.resume()
    await resumeBatch(this.#engine, this.#id).catch(ignoreRefusal)
    await sleep(2)
  }

  async #retry(): Promise<void> {
    this.#model.retry()
    await retryTasks(this.#engine, this.#id).catch(ignoreRefusal)
    await sleep(2)
  }

  async #cancel(): Promise<void> {
    this.#model.cancel()
    await cancelBatch(this.#engine, this.#id).catch(ignoreRefusal)
  }

  async expectToMatchModel(when: string): Promise<void> {
    const raw = await readRawBatch(this.#engine, this.#id)
    const states = raw?.states.split('').map((byte) => STATE_OF_BYTE[byte])
    // Strings are compared far faster than lists.
    expect(states?.join(' '), `states ${when}`).toBe(this.#model.tasks.map(({ state }) => state).join(' '))
    expect(raw?.attempts.join(' '), `attempts ${when}`).toBe(
      this.#model.tasks.map(({ attempts }) => attempts).join(' '),
    )
    expect(
      { state: raw?.meta['state'], sealed: raw?.meta['sealed'], cursor: raw?.meta['cursor'] },
      `meta ${when}`,
    ).toEqual({
      state: this.#model.state,
      sealed: this.#model.isSealed ? '1' : '0',
      cursor: String(this.#model.cursor),
    })
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof SluiceError)) throw error
}
