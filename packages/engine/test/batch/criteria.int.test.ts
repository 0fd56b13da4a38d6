import { describe, expect } from 'vitest'
import type { CriteriaUpdate } from '../../src/model/criteria.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { readInterruptions } from '../../src/batch/read-interruptions.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import type { Outcome } from '../../src/scripts/take-turn.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, postponed, retry } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

const TASKS = 100

type OutcomeOf = (seq: number) => Outcome

/** Runs the tasks of a batch one by one, task `seq` ending as `outcomes[seq]` says, until it stops or they are used up. */
async function play(
  engine: Engine,
  criteria: CriteriaUpdate,
  outcomes: readonly OutcomeOf[],
): Promise<{ id: string; played: number; cause: Interruption | null }> {
  const id = await newBatch(engine, { tasks: TASKS, concurrency: 1, interruptionCriteria: criteria })
  const ticket = new TicketDriver(engine, id)
  let reply = await ticket.lease(1)
  let played = 0
  for (const outcomeOf of outcomes) {
    if (reply.kind !== 'run') break
    reply = await ticket.lease(1, [outcomeOf(played)])
    played += 1
  }
  const { lastInterruption: cause, state } = await readBatch(engine, id)
  expect(state).toBe(cause === null ? 'active' : 'interrupted')
  expect(reply.kind).toBe(cause === null ? 'run' : 'inactive')
  return { id, played, cause }
}

const times = (count: number, outcome: OutcomeOf): OutcomeOf[] => range(count).map(() => outcome)
const ok: OutcomeOf = (seq) => completed(seq)
const lost: OutcomeOf = (seq) => failed(seq)
const again: OutcomeOf = (seq) => retry(seq)
const turnedAway: OutcomeOf = (seq) => postponed(seq)
const overloaded: OutcomeOf = (seq) => retry(seq, { failureClass: 'overloaded' })
const refused: OutcomeOf = (seq) => failed(seq, { failureClass: 'auth' })
const slow: OutcomeOf = (seq) => completed(seq, { durationMs: 500 })

describe('a batch stops itself at the outcome that meets the criterion, and not one before', () => {
  const cases: {
    name: string
    criteria: CriteriaUpdate
    outcomes: OutcomeOf[]
    cause: Pick<Interruption, 'reason' | 'value' | 'threshold' | 'message'>
  }[] = [
    {
      name: 'stopOn',
      criteria: { stopOn: ['auth', 'invalid'] },
      outcomes: [...times(3, ok), lost, refused],
      cause: {
        reason: 'fatal_failure',
        value: 'auth',
        threshold: 'auth',
        message: 'Task 4 failed as "auth", and stopOn names that failure class.',
      },
    },
    {
      name: 'taskTimeoutMs',
      criteria: { taskTimeoutMs: 500 },
      outcomes: [...times(3, ok), slow],
      cause: {
        reason: 'task_timeout',
        value: 500,
        threshold: 500,
        message: 'An attempt of task 3 took 500 ms; taskTimeoutMs is 500.',
      },
    },
    {
      name: 'maxConsecutiveFailures, where a success begins anew and a postponed task counts for nothing',
      criteria: { maxConsecutiveFailures: 3 },
      outcomes: [lost, lost, ok, again, turnedAway, lost, turnedAway, again],
      cause: {
        reason: 'consecutive_failures_exceeded',
        value: 3,
        threshold: 3,
        message: '3 attempts failed in a row; maxConsecutiveFailures is 3.',
      },
    },
    {
      name: 'maxRateLimitHits',
      criteria: { maxRateLimitHits: 3 },
      outcomes: [turnedAway, ok, turnedAway, lost, turnedAway],
      cause: {
        reason: 'rate_limit_hits_exceeded',
        value: 3,
        threshold: 3,
        message: 'The upstream limited our rate 3 times (429); maxRateLimitHits is 3.',
      },
    },
    {
      name: 'maxConcurrencyErrors',
      criteria: { maxConcurrencyErrors: 2 },
      outcomes: [overloaded, ok, overloaded],
      cause: {
        reason: 'concurrency_errors_exceeded',
        value: 2,
        threshold: 2,
        message: 'The upstream was overloaded 2 times (502, 503); maxConcurrencyErrors is 2.',
      },
    },
    {
      name: 'maxFailedTasks, where an attempt that is tried again is no failed task',
      criteria: { maxFailedTasks: 2 },
      outcomes: [again, lost, again, again, lost],
      cause: {
        reason: 'failed_tasks_exceeded',
        value: 2,
        threshold: 2,
        message: '2 tasks failed; maxFailedTasks is 2.',
      },
    },
    {
      name: 'maxErrorRate of the finished tasks, by a success that makes the sample large enough',
      criteria: { maxErrorRate: 0.3, minSample: 10 },
      outcomes: [...times(4, lost), ...times(6, ok)],
      cause: {
        reason: 'error_rate_exceeded',
        value: 0.4,
        threshold: 0.3,
        message: '4 of 10 finished tasks failed, a rate of 0.4; maxErrorRate is 0.3.',
      },
    },
    {
      name: 'maxErrorRate of all tasks of a sealed batch, long before the sample is large enough',
      criteria: { maxErrorRate: 0.04, minSample: 50 },
      outcomes: times(5, lost),
      cause: {
        reason: 'error_rate_exceeded',
        value: 0.05,
        threshold: 0.04,
        message: '5 of all 100 tasks failed, a rate of 0.05; maxErrorRate is 0.04.',
      },
    },
  ]

  engineTest.for(cases)('$name', async ({ criteria, outcomes, cause }, { engine }) => {
    const stopped = await play(engine, criteria, [...outcomes, ok, ok])

    expect(stopped.played).toBe(outcomes.length)
    expect(stopped.cause).toMatchObject(cause)
    expect(await readInterruptions(engine, stopped.id)).toEqual([stopped.cause])
  })
})

describe('a batch goes on', () => {
  const cases: { name: string; criteria: CriteriaUpdate; outcomes: OutcomeOf[] }[] = [
    { name: 'without criteria, whatever fails', criteria: {}, outcomes: times(50, lost) },
    {
      name: 'at an error rate that is met and not exceeded',
      criteria: { maxErrorRate: 0.5, minSample: 2 },
      outcomes: [ok, lost, ok, lost],
    },
    { name: 'below the sample', criteria: { maxErrorRate: 0.5 }, outcomes: times(19, lost) },
    {
      name: 'after a failure of a class that stopOn does not name',
      criteria: { stopOn: ['auth'] },
      outcomes: [lost, turnedAway, overloaded],
    },
    { name: 'when a criterion is switched off', criteria: { maxFailedTasks: null }, outcomes: times(5, lost) },
    {
      name: 'one failure before each threshold',
      criteria: { maxFailedTasks: 4, maxConsecutiveFailures: 4, maxErrorRate: 0.03 },
      outcomes: times(3, lost),
    },
  ]

  engineTest.for(cases)('$name', async ({ criteria, outcomes }, { engine }) => {
    const { cause, played } = await play(engine, criteria, outcomes)

    expect(cause).toBeNull()
    expect(played).toBe(outcomes.length)
  })
})

describe('of several criteria that one outcome meets', () => {
  const all: CriteriaUpdate = {
    stopOn: ['overloaded'],
    taskTimeoutMs: 1,
    maxConsecutiveFailures: 1,
    maxConcurrencyErrors: 1,
    maxFailedTasks: 1,
    maxErrorRate: 0,
  }
  const order = [
    ['stopOn', 'fatal_failure'],
    ['taskTimeoutMs', 'task_timeout'],
    ['maxConsecutiveFailures', 'consecutive_failures_exceeded'],
    ['maxConcurrencyErrors', 'concurrency_errors_exceeded'],
    ['maxFailedTasks', 'failed_tasks_exceeded'],
    ['maxErrorRate', 'error_rate_exceeded'],
  ] as const

  engineTest.for(order)('%s comes before those after it', async ([criterion, reason], { engine }) => {
    const before = order.slice(
      0,
      order.findIndex(([name]) => name === criterion),
    )
    const criteria = { ...all, ...Object.fromEntries(before.map(([name]) => [name, null])) }

    const { cause } = await play(engine, criteria, [(seq) => failed(seq, { failureClass: 'overloaded' })])

    expect(cause?.reason).toBe(reason)
  })
})

describe('what the last interruption says', () => {
  engineTest(
    'has the counts of the moment of the outcome, and what was leased and not started is given back',
    async ({ engine }) => {
      const id = await newBatch(engine, { tasks: 20, concurrency: 2, interruptionCriteria: { maxFailedTasks: 1 } })
      const [first, second] = range(2).map((ticket) => new TicketDriver(engine, id, { ticket }))
      await first?.lease(4)
      await second?.lease(4)

      const reply = await first?.continue([completed(0), failed(1)])

      expect(reply).toEqual({ kind: 'inactive', state: 'interrupted' })
      const { lastInterruption, counts } = await readBatch(engine, id)
      expect(lastInterruption?.counts).toMatchObject({ completed: 1, failed: 1, running: 6, pending: 12, total: 20 })
      expect(counts).toMatchObject({ completed: 1, failed: 1, running: 4, pending: 14 })
    },
  )

  engineTest(
    'is of one cause, though later outcomes of the same turn and of others meet criteria too',
    async ({ engine }) => {
      const id = await newBatch(engine, {
        tasks: 20,
        concurrency: 2,
        interruptionCriteria: { maxFailedTasks: 1, stopOn: ['auth'] },
      })
      const [first, second] = range(2).map((ticket) => new TicketDriver(engine, id, { ticket }))
      await first?.lease(4)
      await second?.lease(1)

      await first?.release([failed(0), refused(1), failed(2)])
      await second?.release([refused(4)])

      const { counts } = await readBatch(engine, id)
      expect((await readInterruptions(engine, id)).map(({ reason }) => reason)).toEqual(['failed_tasks_exceeded'])
      expect(counts).toMatchObject({ failed: 4, running: 0, pending: 16 })
    },
  )
})

engineTest('the very last task of a sealed batch completes it, whatever criterion it meets', async ({ engine }) => {
  const id = await newBatch(engine, { tasks: 2, concurrency: 1, interruptionCriteria: { maxFailedTasks: 2 } })
  const ticket = new TicketDriver(engine, id)
  await ticket.lease(2)

  const reply = await ticket.release([failed(0), failed(1)])

  expect(reply).toEqual({ kind: 'inactive', state: 'completed' })
  expect(await readInterruptions(engine, id)).toEqual([])
})

engineTest('a task that is lost with its worker counts as a failure', async ({ engine }) => {
  const id = await newBatch(engine, {
    tasks: 5,
    concurrency: 1,
    retry: { maxAttempts: 1 },
    interruptionCriteria: { stopOn: ['worker_lost'], taskTimeoutMs: 1 },
  })
  await new TicketDriver(engine, id, { run: '1.1' }).lease(1)

  const reply = await new TicketDriver(engine, id, { run: '1.2' }).lease(1)

  expect(reply).toEqual({ kind: 'inactive', state: 'interrupted' })
  expect((await readBatch(engine, id)).lastInterruption?.reason).toBe('fatal_failure')
})
