import type { BatchState } from '../batch/batch.ts'
import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** A task handed to a worker for one attempt. */
export interface LeasedTask {
  seq: number
  /** 1 for the first attempt. */
  attempt: number
  /** The JSON text of the task, as the client sent it. */
  envelope: string
}

/** How an attempt ended. What a ticket leases and does not report is given back. */
export type Outcome = CompletedOutcome | FailedOutcome

export interface CompletedOutcome {
  kind: 'completed'
  seq: number
  durationMs: number
  /** JSON object text that is kept for the task; Redis's time is put in front. */
  record: string
}

export interface FailedOutcome {
  /** `failed`: for good. `retry`: again after the delay. `postponed`: the same, but no attempt is spent. */
  kind: 'failed' | 'retry' | 'postponed'
  seq: number
  durationMs: number
  record: string
  /** The failure class. */
  class: string
  /** The error text by which like failures are counted together. */
  group: string
  delayMs: number
  /** How long the whole batch shall rest, because the upstream said so. 0: not at all. */
  pauseMs: number
}

export interface Turn {
  ticket: number
  /** `<epoch>.<number>`: greater for each run of the ticket. */
  run: string
  /** 1, 2, 3 … within the run. */
  turn: number
  /**
   * `lease`: settle, then lease. `keep`: settle, go on with what is left. `hold`: settle, the first task that is left
   * runs on, the others are given back. `release`: settle and give the rest back.
   */
  intent: 'lease' | 'keep' | 'hold' | 'release'
  /** Tasks to lease at most. */
  want: number
  outcomes: readonly Outcome[]
}

/**
 * What a ticket does after its turn. `deadlineMs` is not 0 when the clock of `maxBatchRuntimeMs` has just begun; `version`
 * changes with the batch's settings and state.
 */
export type TurnReply =
  | { outcome: 'run'; version: number; deadlineMs: number; tasks: LeasedTask[] }
  | { outcome: 'wait'; waitMs: number }
  | { outcome: 'retire' }
  | { outcome: 'stopped'; state: BatchState | 'deleted' }
  | { outcome: 'superseded' }

export const takeTurnScript = defineScript('take-turn', {
  keys: [
    'meta',
    'states',
    'attempts',
    'appended',
    'due',
    'leases',
    'waits',
    'postponements',
    'failures',
    'timings',
    'criteria',
    'interruptions',
  ],
  args: ['ticket', 'run', 'turn', 'intent', 'want', 'signals'],
  rest: 'outcomes',
})

/** Settles what a ticket ran and leases what it runs next. */
export async function takeTurnOnce(
  redis: RedisConnection,
  keys: BatchKeys,
  signals: string,
  turn: Turn,
): Promise<TurnReply> {
  const { ticket, run, turn: number, intent, want } = turn
  const args = { ticket, run, turn: number, intent, want, signals }
  return decode(await takeTurnScript.run(redis, keys, args, turn.outcomes.flatMap(encodeOutcome)))
}

function encodeOutcome(outcome: Outcome): (string | number)[] {
  const { seq, kind, durationMs, record } = outcome
  if (kind === 'completed') return [seq, kind, durationMs, record]
  return [seq, kind, durationMs, record, outcome.class, outcome.group, outcome.delayMs, outcome.pauseMs]
}

function decode(reply: unknown): TurnReply {
  const [outcome, value, deadlineMs, ...tasks] = Array.isArray(reply) ? (reply as unknown[]) : []
  switch (outcome) {
    case 'run':
      return { outcome, version: Number(value), deadlineMs: Number(deadlineMs), tasks: decodeTasks(tasks) }
    case 'wait':
      return { outcome, waitMs: Number(value) }
    case 'stopped':
      return { outcome, state: value as BatchState | 'deleted' }
    case 'retire':
    case 'superseded':
      return { outcome }
    default:
      throw new UnexpectedReplyError(takeTurnScript.name, reply)
  }
}

function decodeTasks(values: unknown[]): LeasedTask[] {
  const tasks: LeasedTask[] = []
  for (let i = 0; i < values.length; i += 3) {
    tasks.push({ seq: Number(values[i]), attempt: Number(values[i + 1]), envelope: String(values[i + 2]) })
  }
  return tasks
}
