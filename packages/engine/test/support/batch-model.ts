import { expect } from 'vitest'
import type { BatchState } from '../../src/model/batch.ts'
import { range } from '../../src/range.ts'
import type { LeasedTask, Outcome, Turn, TurnReply } from '../../src/scripts/take-turns.ts'
import type { TaskState } from '../../src/model/task.ts'
import { PaceModel } from './pace-model.ts'

/** The bounds of a modelled batch. */
export interface ModelQuotas {
  tickets: number
  maxAttempts: number
}

interface ModelTask {
  envelope: string
  maxAttempts: number
  state: TaskState
  attempts: number
  /** Whether the upstream has postponed it, and whether it has done so for longer than it may. */
  postponed: 'never' | 'recently' | 'too long'
  /** True if a waiting task that was leased before may run now. */
  isDue: boolean
}

interface ModelLease {
  run: string
  turn: number
  seqs: number[]
  /** False while its tasks are reserved. */
  hasStarted: boolean
  /** Whether it is older than the last pause, so that its calls say nothing new about the upstream. */
  isOld: boolean
  /** The number of the call that leased its first task. */
  call: number
}

/** The behaviour of a batch in its simplest form. The order of several due tasks is not specified. */
export class BatchModel {
  state: BatchState = 'active'
  isSealed = false
  isPaused = false
  cursor = 0
  readonly tasks: ModelTask[] = []
  readonly leases = new Map<number, ModelLease>()
  readonly #quotas: ModelQuotas
  readonly #pace = new PaceModel()
  #call = 0

  constructor(quotas: ModelQuotas) {
    this.#quotas = quotas
  }

  count(...states: TaskState[]): number {
    return this.tasks.filter(({ state }) => states.includes(state)).length
  }

  append(envelopes: readonly string[]): void {
    for (const envelope of envelopes) {
      const { maxAttempts = this.#quotas.maxAttempts } = JSON.parse(envelope) as { maxAttempts?: number }
      this.tasks.push({ envelope, maxAttempts, state: 'pending', attempts: 0, postponed: 'never', isDue: false })
    }
  }

  seal(): void {
    if (this.state !== 'cancelled') this.isSealed = true
    this.#completeIfFinished()
  }

  cancel(): void {
    if (this.state === 'completed') return
    this.state = 'cancelled'
    this.isSealed = true
    this.cursor = this.tasks.length
    for (const task of this.tasks) if (task.state === 'pending' || task.state === 'delayed') task.state = 'cancelled'
  }

  interrupt(): void {
    if (this.state === 'active') this.state = 'interrupted'
  }

  resume(): void {
    if (this.state !== 'interrupted') return
    this.state = 'active'
    this.isPaused = false
    this.#forgetRefusals()
    for (const task of this.tasks) task.postponed = 'never'
    this.#completeIfFinished()
  }

  /** Retries all failed tasks. */
  retry(): void {
    const failed = this.state === 'cancelled' ? [] : this.tasks.filter(({ state }) => state === 'failed')
    for (const task of failed) Object.assign(task, { state: 'pending', attempts: 0, postponed: 'never', isDue: true })
    if (failed.length === 0 || this.state !== 'completed') return
    this.state = 'active'
    this.isPaused = false
    this.#forgetRefusals()
  }

  /** What the upstream refused before means nothing any more. */
  #forgetRefusals(): void {
    this.#pace.forget()
    for (const lease of this.leases.values()) lease.isOld = true
  }

  /** Takes the turns of one call and checks the replies. */
  turns(turns: readonly Turn[], replies: readonly TurnReply[]): void {
    this.#call += 1
    const left = [...replies]
    for (const turn of turns) this.#turn(turn, left.shift() as TurnReply)
  }

  #turn(turn: Turn, reply: TurnReply): void {
    const last = this.leases.get(turn.ticket)
    if (last && isOutdated(turn, last)) return expect(reply).toEqual({ kind: 'superseded' })
    if (last?.run === turn.run && last.turn === turn.turn) return this.#expectSameAnswer(turn, reply, last.seqs)

    if (last && last.run !== turn.run) this.#takeOver(last)
    const held = new Set(last?.run === turn.run ? last.seqs : [])
    for (const outcome of turn.outcomes) if (held.delete(outcome.seq)) this.#settle(outcome, last as ModelLease)
    this.#completeIfFinished()
    if (!runsOn(turn) || held.size === 0) this.#pace.endProbe(turn.ticket)
    const { run, turn: number } = turn
    const running = runsOn(turn) && last?.run === run ? last : undefined
    const isOld = running?.isOld ?? false
    const call = running?.call ?? this.#call
    const seqs = runsOn(turn) ? this.#runOn(turn, reply, [...held], isOld) : this.#applyIntent(turn, reply, [...held])
    this.leases.set(turn.ticket, { run, turn: number, isOld, call, seqs, hasStarted: turn.intent !== 'reserve' })
  }

  #mayLease({ ticket }: Turn): boolean {
    const mayRun = this.state === 'active' && !this.isPaused && !this.#pace.isProbing
    return mayRun && ticket < this.#quotas.tickets
  }

  #runOn(turn: Turn, reply: TurnReply, held: number[], isOld: boolean): number[] {
    for (const seq of held.slice(1)) this.#release(seq, -1)
    const isFree = !this.#pace.isResting && !this.#pace.isPaced && !isOld
    const hasMany = this.count('pending', 'delayed') >= this.#quotas.tickets
    const mayLease = turn.intent === 'lease_ahead' && held.length > 0 && this.#mayLease(turn) && isFree && hasMany
    const leased = mayLease ? this.#lease(turn, reply) : []
    expect(reply.kind === 'run' && seqsOf(reply.tasks), 'tasks leased behind the running one').toEqual(leased)
    return [...held.slice(0, 1), ...leased]
  }

  #applyIntent(turn: Turn, reply: TurnReply, held: number[]): number[] {
    const mayGoOn = this.state === 'active' && !this.isPaused && !this.#pace.isResting
    if (turn.intent === 'continue' && held.length > 0 && mayGoOn) {
      expect(reply).toMatchObject({ kind: 'run', tasks: [] })
      return held
    }
    for (const seq of held) this.#release(seq, -1)
    const leased = isLeasing(turn) && this.#mayLease(turn) ? this.#lease(turn, reply) : []
    if (leased.length === 0) this.#expectIdle(turn.ticket, reply)
    return leased
  }

  #lease({ want, ticket }: Turn, reply: TurnReply): number[] {
    const due = this.#seqsWhere(({ isDue }) => isDue)
    const fresh = range(this.tasks.length - this.cursor).map((i) => this.cursor + i)
    const share = Math.floor(this.count('pending', 'delayed') / this.#quotas.tickets)
    const leased = reply.kind === 'run' ? reply.tasks : []
    const most = Math.min(want, 128, Math.max(1, share), due.length + fresh.length)
    const size = this.#pace.sizeOf(most, leased.length)
    if (size === 0) return []

    expect(leased, 'the size of the slice').toHaveLength(size)
    this.#pace.start(ticket)
    const dueCount = Math.min(size, due.length)
    const eligible = new Set(due)
    const early = seqsOf(leased.slice(0, dueCount)).filter((seq) => !eligible.has(seq))
    expect(early, 'tasks leased before fresh ones that are not due').toEqual([])
    expect(seqsOf(leased.slice(dueCount)), 'fresh tasks').toEqual(fresh.slice(0, size - dueCount))
    this.cursor += size - dueCount
    for (const task of leased) this.#start(task)
    return seqsOf(leased)
  }

  #start({ seq, attempt, envelope }: LeasedTask): void {
    const task = this.#task(seq)
    Object.assign(task, { state: 'running', isDue: false, attempts: task.attempts + 1 })
    expect({ attempt, envelope }).toEqual({ attempt: task.attempts, envelope: task.envelope })
  }

  #settle(outcome: Outcome, lease: ModelLease): void {
    const task = this.#task(outcome.seq)
    // All failures of the test but refusals are responses of an upstream that accepted the call.
    if (outcome.kind === 'postponed') this.#noteRefusal(outcome.pauseMs > 0, lease)
    else this.#pace.accept(lease.isOld, lease.call)
    if (outcome.kind === 'completed' || outcome.kind === 'failed') {
      task.state = outcome.kind
      return
    }
    if (outcome.kind === 'postponed') {
      if (task.postponed === 'too long') {
        task.state = 'failed'
        return
      }
      task.postponed = 'recently'
      task.attempts -= 1
    }
    this.#wait(task, 'delayed', outcome.delayMs === 0)
  }

  #noteRefusal(isNamed: boolean, lease: ModelLease): void {
    this.isPaused ||= isNamed
    if (lease.isOld) return
    const isPausing = this.#pace.refuse(this.#call)
    this.isPaused ||= isPausing
    if (!isPausing && !isNamed) return
    for (const each of this.leases.values()) each.isOld = true
  }

  #takeOver({ seqs, hasStarted }: ModelLease): void {
    for (const seq of seqs) {
      const task = this.#task(seq)
      if (!hasStarted) this.#release(seq, -1)
      else if (this.state !== 'cancelled' && task.attempts >= task.maxAttempts) task.state = 'failed'
      else this.#release(seq, 0)
    }
  }

  #release(seq: number, attempts: -1 | 0): void {
    const task = this.#task(seq)
    task.attempts += attempts
    this.#wait(task, 'pending', true)
  }

  #wait(task: ModelTask, state: TaskState, isDue: boolean): void {
    if (this.state === 'cancelled') task.state = 'cancelled'
    else Object.assign(task, { state, isDue })
  }

  #completeIfFinished(): void {
    if (this.state === 'active' && this.isSealed && this.count('pending', 'delayed', 'running') === 0) {
      this.state = 'completed'
    }
  }

  #expectSameAnswer(turn: Turn, reply: TurnReply, seqs: readonly number[]): void {
    if (seqs.length === 0 && !runsOn(turn)) return this.#expectIdle(turn.ticket, reply)
    const tasks = isLeasing(turn) ? seqs : turn.intent === 'lease_ahead' ? seqs.slice(1) : []
    expect(reply.kind === 'run' && seqsOf(reply.tasks), 'the lease of a repeated turn').toEqual(tasks)
  }

  #expectIdle(ticket: number, reply: TurnReply): void {
    if (this.state !== 'active') return expect(reply).toEqual({ kind: 'inactive', state: this.state })
    const isLeftOver = ticket >= this.#quotas.tickets || this.count('pending', 'delayed') === 0
    if (isLeftOver) return expect(reply).toEqual({ kind: 'retire' })
    expect(reply.kind).toBe('wait')
    const mustWait = this.isPaused || this.#pace.isProbing
    const mayWait = mustWait || this.#pace.isPaced
    if (this.count('pending') > 0) expect([mustWait, mayWait]).toContain(reply.kind === 'wait' && reply.waitMs > 0)
  }

  #seqsWhere(test: (task: ModelTask) => boolean): number[] {
    return this.tasks.flatMap((task, seq) => (test(task) ? [seq] : []))
  }

  #task(seq: number): ModelTask {
    return this.tasks.at(seq) as ModelTask
  }
}

/** Whether the first task of the rest runs during the turn. */
function runsOn({ intent }: Turn): boolean {
  return intent === 'keep_running' || intent === 'lease_ahead'
}

function seqsOf(tasks: readonly LeasedTask[]): number[] {
  return tasks.map(({ seq }) => seq)
}

/** Whether the turn asks for tasks. */
function isLeasing({ intent }: Turn): boolean {
  return intent === 'lease' || intent === 'reserve'
}

function isOutdated({ run, turn }: Turn, last: ModelLease): boolean {
  if (run === last.run) return turn < last.turn
  const [epoch = 0, number = 0] = run.split('.').map(Number)
  const [lastEpoch = 0, lastNumber = 0] = last.run.split('.').map(Number)
  return epoch === lastEpoch ? number < lastNumber : epoch < lastEpoch
}
