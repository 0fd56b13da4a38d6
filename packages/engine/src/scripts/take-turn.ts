import type { BatchState } from '../model/batch.ts'
import { defineScript, type ReplyOf } from './define-script.ts'

/** A task handed to a worker for one attempt. */
export interface LeasedTask {
  seq: number
  /** 1 for the first attempt. */
  attempt: number
  /** The JSON text of the task, as the client sent it. */
  envelope: string
}

/** How an attempt ended. What a ticket leases and does not report is released. */
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
  failureClass: string
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
   * What the turn does after settling. `lease`: release the rest, lease new tasks. `continue`: go on with the rest.
   * `keep_running`: keep the first task of the rest, release the others. `release`: release the rest, lease nothing.
   */
  intent: 'lease' | 'continue' | 'keep_running' | 'release'
  /** Tasks to lease at most. */
  want: number
  outcomes: readonly Outcome[]
}

/** Settles what a ticket ran and leases what it runs next. */
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
  encode: ({ outcomes, ...turn }: Turn & { signals: string }) => ({ args: turn, rest: encodeOutcomes(outcomes) }),
  replies: {
    run: ([version, deadlineMs, ...tasks]) => ({
      /** Rises with the batch's settings and state. */
      version: Number(version),
      /** Not 0 when `maxBatchRuntimeMs` has just begun to count: the batch must be checked after this time. */
      deadlineMs: Number(deadlineMs),
      tasks: decodeTasks(tasks),
    }),
    wait: ([waitMs]) => ({ waitMs: Number(waitMs) }),
    retire: () => ({}),
    inactive: ([state]) => ({ state: state as BatchState }),
    missing: () => ({}),
    superseded: () => ({}),
  },
})

/** What a ticket does after its turn. */
export type TurnReply = ReplyOf<typeof takeTurnScript>

function encodeOutcomes(outcomes: readonly Outcome[]): (string | number)[] {
  return groupContiguous(outcomes).flatMap((group) =>
    Array.isArray(group) ? encodeCompleted(group) : encodeFailed(group),
  )
}

/** The script handles contiguous completed tasks as one range, which halves its time. */
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
  const records = contiguous.map(({ record }) => record)
  const first = slowest.seq - contiguous.indexOf(slowest)
  return [
    'completed',
    first,
    contiguous.length,
    countDurations(contiguous),
    slowest.seq,
    slowest.durationMs,
    ...records,
  ]
}

function encodeFailed(outcome: FailedOutcome): (string | number)[] {
  const { kind, seq, durationMs, record, delayMs, pauseMs } = outcome
  return [kind, seq, durationMs, record, outcome.failureClass, outcome.group, delayMs, pauseMs]
}

function countDurations(outcomes: CompletedOutcome[]): string {
  const counts = new Map<number, number>()
  for (const { durationMs } of outcomes) counts.set(durationMs, (counts.get(durationMs) ?? 0) + 1)
  return Array.from(counts, ([durationMs, count]) => `${durationMs}:${count}`).join(' ')
}

/** Tasks arrive as ranges: `seq, count, attempt, envelopes …`. */
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
