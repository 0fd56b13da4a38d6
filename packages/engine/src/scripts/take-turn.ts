import type { BatchState } from '../model/batch.ts'
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
  return decode(await takeTurnScript.run(redis, keys, args, encodeOutcomes(turn.outcomes)))
}

function encodeOutcomes(outcomes: readonly Outcome[]): (string | number)[] {
  return groupNeighbours(outcomes).flatMap((group) =>
    Array.isArray(group) ? encodeCompleted(group) : encodeFailed(group),
  )
}

/** Neighbours that completed one after the other go as one, and the script handles them together: half its time. */
function groupNeighbours(outcomes: readonly Outcome[]): (CompletedOutcome[] | FailedOutcome)[] {
  const groups: (CompletedOutcome[] | FailedOutcome)[] = []
  let neighbours: CompletedOutcome[] = []
  for (const outcome of outcomes) {
    if (outcome.kind === 'completed' && outcome.seq - 1 === neighbours.at(-1)?.seq) {
      neighbours.push(outcome)
      continue
    }
    neighbours = outcome.kind === 'completed' ? [outcome] : []
    groups.push(outcome.kind === 'completed' ? neighbours : outcome)
  }
  return groups
}

function encodeCompleted(neighbours: CompletedOutcome[]): (string | number)[] {
  const slowest = neighbours.reduce((a, b) => (b.durationMs > a.durationMs ? b : a))
  const records = neighbours.map(({ record }) => record)
  const first = slowest.seq - neighbours.indexOf(slowest)
  return [
    'completed',
    first,
    neighbours.length,
    countDurations(neighbours),
    slowest.seq,
    slowest.durationMs,
    ...records,
  ]
}

function encodeFailed(outcome: FailedOutcome): (string | number)[] {
  const { kind, seq, durationMs, record, delayMs, pauseMs } = outcome
  return [kind, seq, durationMs, record, outcome.class, outcome.group, delayMs, pauseMs]
}

function countDurations(outcomes: CompletedOutcome[]): string {
  const counts = new Map<number, number>()
  for (const { durationMs } of outcomes) counts.set(durationMs, (counts.get(durationMs) ?? 0) + 1)
  return Array.from(counts, ([durationMs, count]) => `${durationMs}:${count}`).join(' ')
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

/** They come as `seq, count, attempt, envelopes …`: neighbours in one go. */
function decodeTasks(values: unknown[]): LeasedTask[] {
  const tasks: LeasedTask[] = []
  let at = 0
  while (at < values.length) {
    const [first, count, attempt] = values.slice(at, at + 3).map(Number) as [number, number, number]
    at += 3
    for (let i = 0; i < count; i += 1, at += 1) tasks.push({ seq: first + i, attempt, envelope: String(values[at]) })
  }
  return tasks
}
