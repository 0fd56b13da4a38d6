import { describe, expect } from 'vitest'
import type { CriteriaUpdate } from '../../src/model/criteria.ts'
import type { Interruption } from '../../src/model/interruption.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { readInterruptions } from '../../src/batch/read-interruptions.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import type { Outcome } from '../../src/scripts/take-turns.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, postponed, retry } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

const TASKS = 100

type OutcomeOf = (seq: number) => Outcome

/** Runs the tasks of a batch one by one with the given outcomes, until the batch stops or no outcome is left. */
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
const serverError: OutcomeOf = (seq) => failed(seq)
const retried: OutcomeOf = (seq) => retry(seq)
const rateLimited: OutcomeOf = (seq) => postponed(seq)
const overloaded: OutcomeOf = (seq) => retry(seq, { failureClass: 'overloaded' })
const authError: OutcomeOf = (seq) => failed(seq, { failureClass: 'auth' })
const slow: OutcomeOf = (seq) => completed(seq, { durationMs: 500 })

describe('a batch stops at the outcome that meets the criterion, and not before', () => {
  const cases: {
    name: string
    criteria: CriteriaUpdate
    outcomes: OutcomeOf[]
    cause: Pick<Interruption, 'reason' | 'value' | 'threshold' | 'message'>
  }[] = [
    {
      name: 'stopOn',
      criteria: { stopOn: ['auth', 'invalid'] },
      outcomes: [...times(3, ok), serverError, authError],
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
      name: 'maxConsecutiveFailures, where a success resets the count and a postponement leaves it unchanged',
      criteria: { maxConsecutiveFailures: 3 },
      outcomes: [serverError, serverError, ok, retried, rateLimited, serverError, rateLimited, retried],
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
      outcomes: [rateLimited, ok, rateLimited, serverError, rateLimited],
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
      name: 'maxFailedTasks, where a retried attempt is not a failed task',
      criteria: { maxFailedTasks: 2 },
      outcomes: [retried, serverError, retried, retried, serverError],
      cause: {
        reason: 'failed_tasks_exceeded',
        value: 2,
        threshold: 2,
        message: '2 tasks failed; maxFailedTasks is 2.',
      },
    },
    {
      name: 'maxErrorRate of finished tasks, at the success that completes the sample',
      criteria: { maxErrorRate: 0.3, minSample: 10 },
      outcomes: [...times(4, serverError), ...times(6, ok)],
      cause: {
        reason: 'error_rate_exceeded',
        value: 0.4,
        threshold: 0.3,
        message: '4 of 10 finished tasks failed, a rate of 0.4; maxErrorRate is 0.3.',
      },
    },
    {
      name: 'maxErrorRate of all tasks of a sealed batch, before the sample is complete',
      criteria: { maxErrorRate: 0.04, minSample: 50 },
      outcomes: times(5, serverError),
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

describe('a batch continues', () => {
  const cases: { name: string; criteria: CriteriaUpdate; outcomes: OutcomeOf[] }[] = [
    { name: 'without criteria, regardless of failures', criteria: {}, outcomes: times(50, serverError) },
    {
      name: 'at an error rate that equals the threshold',
      criteria: { maxErrorRate: 0.5, minSample: 2 },
      outcomes: [ok, serverError, ok, serverError],
    },
    { name: 'before the sample is complete', criteria: { maxErrorRate: 0.5 }, outcomes: times(19, serverError) },
    {
      name: 'after a failure of a class that stopOn does not name',
      criteria: { stopOn: ['auth'] },
      outcomes: [serverError, rateLimited, overloaded],
    },
    { name: 'when a criterion is switched off', criteria: { maxFailedTasks: null }, outcomes: times(5, serverError) },
    {
      name: 'one failure before each threshold',
      criteria: { maxFailedTasks: 4, maxConsecutiveFailures: 4, maxErrorRate: 0.03 },
      outcomes: times(3, serverError),
    },
  ]

  engineTest.for(cases)('$name', async ({ criteria, outcomes }, { engine }) => {
    const { cause, played } = await play(engine, criteria, outcomes)

    expect(cause).toBeNull()
    expect(played).toBe(outcomes.length)
  })
})

describe('among several criteria that one outcome meets', () => {
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

  engineTest.for(order)('%s precedes those after it', async ([criterion, reason], { engine }) => {
    const before = order.slice(
      0,
      order.findIndex(([name]) => name === criterion),
    )
    const criteria = { ...all, ...Object.fromEntries(before.map(([name]) => [name, null])) }

    const { cause } = await play(engine, criteria, [(seq) => failed(seq, { failureClass: 'overloaded' })])

    expect(cause?.reason).toBe(reason)
  })
})

describe('the last interruption', () => {
  engineTest(
    'has the counts at the moment of the outcome: leased tasks that have not started are spared, and released',
    async ({ engine }) => {
      const id = await newBatch(engine, { tasks: 20, concurrency: 2, interruptionCriteria: { maxFailedTasks: 1 } })
      const [first, second] = range(2).map((ticket) => new TicketDriver(engine, id, { ticket }))
      await first?.lease(4)
      await second?.lease(4)

      const reply = await first?.continue([completed(0), failed(1)])

      expect(reply).toEqual({ kind: 'inactive', state: 'interrupted' })
      const { lastInterruption, counts } = await readBatch(engine, id)
      expect(lastInterruption?.counts).toMatchObject({ completed: 1, failed: 1, running: 1, pending: 17, total: 20 })
      expect(counts).toMatchObject({ completed: 1, failed: 1, running: 1, pending: 17 })
    },
  )

  engineTest(
    'has one cause, even if later outcomes of the same turn and of other turns meet criteria',
    async ({ engine }) => {
      const id = await newBatch(engine, {
        tasks: 20,
        concurrency: 2,
        interruptionCriteria: { maxFailedTasks: 1, stopOn: ['auth'] },
      })
      const [first, second] = range(2).map((ticket) => new TicketDriver(engine, id, { ticket }))
      await first?.lease(4)
      await second?.lease(1)

      await first?.release([failed(0), authError(1), failed(2)])
      await second?.release([authError(4)])

      const { counts } = await readBatch(engine, id)
      expect((await readInterruptions(engine, id)).map(({ reason }) => reason)).toEqual(['failed_tasks_exceeded'])
      expect(counts).toMatchObject({ failed: 4, running: 0, pending: 16 })
    },
  )
})

engineTest('the last task of a sealed batch completes the batch, even if it meets a criterion', async ({ engine }) => {
  const id = await newBatch(engine, { tasks: 2, concurrency: 1, interruptionCriteria: { maxFailedTasks: 2 } })
  const ticket = new TicketDriver(engine, id)
  await ticket.lease(2)

  const reply = await ticket.release([failed(0), failed(1)])

  expect(reply).toEqual({ kind: 'inactive', state: 'completed' })
  expect(await readInterruptions(engine, id)).toEqual([])
})

engineTest('a task that fails as worker_lost counts as a failure', async ({ engine }) => {
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
