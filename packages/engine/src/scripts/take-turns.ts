import { UnexpectedReplyError } from '../errors.ts'
import type { BatchState } from '../model/batch.ts'
import { encodeTypes } from '../model/offer.ts'
import { decodeTransition } from '../model/transition.ts'
import { defineScript } from './define-script.ts'

/** A task leased for one attempt. */
export interface LeasedTask {
  seq: number
  /** 1 for the first attempt. */
  attempt: number
  /** The JSON text of the task, as the client sent it. */
  envelope: string
}

/** How an attempt ended. */
export type Outcome = CompletedOutcome | FailedOutcome

/** The outcome of a successful attempt. */
export interface CompletedOutcome {
  kind: 'completed'
  seq: number
  durationMs: number
  /**
   * The JSON object to store for the task: exactly `ms`, `attempt` and `result`, in this order and without spaces. The
   * script stores Redis's time before it.
   */
  record: string
}

/** The outcome of an attempt that did not succeed. */
export interface FailedOutcome {
  /**
   * `failed`: the task fails. `retry`: it runs again after the delay. `postponed`: the same, but no attempt is spent.
   */
  kind: 'failed' | 'retry' | 'postponed'
  seq: number
  durationMs: number
  /** The JSON object to store for the task. The script stores Redis's time before it. */
  record: string
  failureClass: string
  /** The error text by which similar failures are grouped. */
  group: string
  /** If it is postponed without a time: the delay of the first postponement, which doubles with each further one. */
  delayMs: number
  /** If it is postponed: for how long the upstream asked for no calls, in ms. 0: it named no time. */
  pauseMs: number
  /** If it is postponed: whether the limit of its queue pauses instead of the batch. Default false. */
  isLimited?: boolean
}

/** One turn of a ticket. */
export interface Turn {
  ticket: number
  /** The fencing token of the run: `<epoch>.<number>`, which rises with each run of the ticket. */
  run: string
  /** 1, 2, 3 … within the run. */
  turn: number
  /**
   * What the turn does after settling. The rest is the leased tasks without an outcome. `lease` releases the rest and
   * leases new tasks. `reserve` does the same, but a worker that dies before `markStarted` has not started the tasks.
   * `continue` keeps the rest. `keep_running` keeps the first task of the rest, which is running, and
   * releases the others. `lease_ahead` does the same and leases new tasks, if enough wait. `release` releases the rest
   * and leases nothing.
   */
  intent: 'lease' | 'reserve' | 'continue' | 'keep_running' | 'lease_ahead' | 'release'
  /** Maximum number of tasks to lease. */
  want: number
  outcomes: readonly Outcome[]
}

/** What a ticket does after its turn. */
export type TurnReply =
  | {
      kind: 'run'
      /** Rises with the batch's settings and state. */
      version: number
      /** Not 0 when `maxBatchRuntimeMs` has just begun to count: the batch must be checked after this time. */
      deadlineMs: number
      tasks: LeasedTask[]
    }
  /** Nothing to run for this time. 0: other tickets get the slot first. */
  | { kind: 'wait'; waitMs: number }
  | { kind: 'retire' }
  /** The worker lacks a handler for a type of the batch's tasks, so it gets none of them. */
  | { kind: 'unhandled' }
  | { kind: 'inactive'; state: BatchState }
  | { kind: 'missing' }
  | { kind: 'superseded' }

/** What the outcomes of a call have changed about what the batch may start. */
export type PaceChange =
  /** The upstream refuses calls. No task starts for this time; then one probes. `isFirst`: the batch had no pace. */
  | { kind: 'paused'; pauseMs: number; isFirst: boolean }
  /** The upstream accepts calls again. The batch starts so many a second; 0: as many as its tickets can. */
  | { kind: 'reopened'; startsPerSecond: number; isFirst: boolean }

export interface TurnsRequest {
  /** Of different tickets of one batch. */
  turns: readonly Turn[]
  /** The types that the worker handles. */
  types: readonly string[]
  signals: string
}

/** Settles what tickets of a batch ran and leases what they run next. */
export const takeTurnsScript = defineScript('take-turns', {
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
    'series',
    'series_base',
    'latest',
  ],
  args: ['signals', 'handlers'],
  rest: 'turns',
  encode: ({ turns, types, signals }: TurnsRequest) => ({
    args: { signals, handlers: encodeTypes(types) },
    rest: turns.flatMap(encodeTurn),
  }),
  replies: {
    missing: () => ({}),
    /** One reply for each turn, in order, and what has become of the pace and the state of the batch. */
    turns: ([change, value, isFirst, transition, ...replies]) => ({
      replies: replies.map(decodeTurnReply),
      paceChange: decodePaceChange(change, Number(value), isFirst === 1),
      transition: decodeTransition(transition),
    }),
  },
})

/**
 * Separates the envelopes of contiguous tasks, which travel as one text, and their records. With an argument or a value of a
 * reply each, a no-op task took the worker a fifth more time. No JSON text contains this character.
 */
const SEPARATOR = '\0'

function encodeTurn({ ticket, run, turn, intent, want, outcomes }: Turn): (string | number)[] {
  const encoded = encodeOutcomes(outcomes)
  return [ticket, run, turn, intent, want, encoded.length, ...encoded]
}

function decodePaceChange(change: unknown, value: number, isFirst: boolean): PaceChange | undefined {
  if (change === 'paused') return { kind: change, pauseMs: value, isFirst }
  if (change === 'reopened') return { kind: change, startsPerSecond: value, isFirst }
  if (change === 'none') return undefined
  throw new UnexpectedReplyError('take-turns', change)
}

function decodeTurnReply(reply: unknown): TurnReply {
  const [kind, value, deadlineMs, ...tasks] = Array.isArray(reply) ? (reply as unknown[]) : []
  switch (kind) {
    case 'run':
      return { kind, version: Number(value), deadlineMs: Number(deadlineMs), tasks: decodeTasks(tasks) }
    case 'wait':
      return { kind, waitMs: Number(value) }
    case 'inactive':
      return { kind, state: value as BatchState }
    case 'retire':
    case 'unhandled':
    case 'superseded':
      return { kind }
    default:
      throw new UnexpectedReplyError('take-turns', reply)
  }
}

function encodeOutcomes(outcomes: readonly Outcome[]): (string | number)[] {
  return groupContiguous(outcomes).flatMap((group) =>
    Array.isArray(group) ? encodeCompleted(group) : encodeFailed(group),
  )
}

/** Groups contiguous completed tasks. The script handles each group as one range, which halves its time. */
function groupContiguous(outcomes: readonly Outcome[]): (CompletedOutcome[] | FailedOutcome)[] {
  const groups: (CompletedOutcome[] | FailedOutcome)[] = []
  let contiguous: CompletedOutcome[] = []
  for (const outcome of outcomes) {
    if (outcome.kind === 'completed' && outcome.seq - 1 === contiguous.at(-1)?.seq) {
      contiguous.push(outcome)
      continue
    }
    contiguous = outcome.kind === 'completed' ? [outcome] : []
    groups.push(outcome.kind === 'completed' ? contiguous : outcome)
  }
  return groups
}

function encodeCompleted(contiguous: CompletedOutcome[]): (string | number)[] {
  const slowest = contiguous.reduce((a, b) => (b.durationMs > a.durationMs ? b : a))
  const records = contiguous.map(({ record }) => record).join(SEPARATOR)
  const first = slowest.seq - contiguous.indexOf(slowest)
  return ['completed', first, contiguous.length, countDurations(contiguous), slowest.seq, slowest.durationMs, records]
}

function encodeFailed(outcome: FailedOutcome): (string | number)[] {
  const { kind, seq, durationMs, record, failureClass, group, delayMs, pauseMs, isLimited = false } = outcome
  return [kind, seq, durationMs, record, failureClass, group, delayMs, pauseMs, isLimited ? 1 : 0]
}

function countDurations(outcomes: CompletedOutcome[]): string {
  const counts = new Map<number, number>()
  for (const { durationMs } of outcomes) counts.set(durationMs, (counts.get(durationMs) ?? 0) + 1)
  return Array.from(counts, ([durationMs, count]) => `${durationMs}:${count}`).join(' ')
}

/** Decodes ranges of tasks: `seq, count, attempt, envelopes`. */
function decodeTasks(values: unknown[]): LeasedTask[] {
  const tasks: LeasedTask[] = []
  for (let at = 0; at < values.length; at += 4) {
    const [first, attempt, envelopes] = [Number(values[at]), Number(values[at + 2]), String(values[at + 3])]
    for (const [i, envelope] of envelopes.split(SEPARATOR).entries()) tasks.push({ seq: first + i, attempt, envelope })
  }
  return tasks
}
