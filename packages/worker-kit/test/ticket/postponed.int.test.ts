import { readBatch, readReport } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { OverloadedError, RateLimitedError } from '../../src/errors.ts'
import { submit, tasksOf, untilFinished, workerTest } from '../support/worker-test.ts'

const REST_MS = 400

describe('when the upstream asks to wait', () => {
  workerTest.for([
    ['429', () => new RateLimitedError(REST_MS)],
    ['503 with Retry-After', () => new OverloadedError('busy', REST_MS)],
  ] as const)('(%s) the whole batch pauses and no attempt is spent', async ([, refusal], { engine, startWorker }) => {
    let refusedAt: number | undefined
    const startsAfter: number[] = []
    const work = (payload: unknown) => {
      if (refusedAt !== undefined) startsAfter.push(performance.now() - refusedAt)
      if (payload === 10 && refusedAt === undefined) {
        refusedAt = performance.now()
        throw refusal()
      }
    }
    // With one attempt a task, a refusal that spent it would fail the task.
    const id = await submit(engine, { count: 30, concurrency: 1, retry: { maxAttempts: 1 } })

    await startWorker({ handlers: { work } })
    await expect.poll(async () => (await readBatch(engine, id)).pausedUntil).not.toBeNull()
    const batch = await untilFinished(engine, id)

    expect(batch.counts).toMatchObject({ completed: 30, failed: 0 })
    expect((await tasksOf(engine, id))[10]).toMatchObject({ state: 'completed', attempts: 1 })
    expect(startsAfter).toHaveLength(20)
    // Redis's clock and the clock of this process are both truncated to milliseconds.
    expect(Math.min(...startsAfter)).toBeGreaterThanOrEqual(REST_MS - 2)
    expect(await readReport(engine, id)).toMatchObject({ postponements: 1, retries: 0 })
  })

  workerTest('it pauses on all workers at once', async ({ engine, startWorker }) => {
    const starts: number[] = []
    let refusedAt = 0
    const work = async (payload: unknown) => {
      starts.push(performance.now())
      if (payload === 30 && refusedAt === 0) {
        refusedAt = performance.now()
        throw new RateLimitedError(REST_MS)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Promise.all([1, 2, 3].map(() => startWorker({ handlers: { work }, concurrency: 2 })))

    const id = await submit(engine, { count: 200 })
    await untilFinished(engine, id)

    // Tasks that run or are being leased continue; the others wait.
    const meanwhile = starts.filter((at) => at > refusedAt && at < refusedAt + REST_MS - 2)
    expect(meanwhile.length).toBeLessThan(60)
    expect(starts).toHaveLength(201)
  })

  workerTest('a task fails once it has been postponed for its time', async ({ engine, startWorker }) => {
    const work = () => {
      throw new RateLimitedError(50)
    }
    const id = await submit(engine, { count: 1, retry: { maxAttempts: 1, maxPostponedMs: 300 } })
    const submittedAt = performance.now()

    await startWorker({ handlers: { work } })
    await untilFinished(engine, id)

    expect(await tasksOf(engine, id)).toMatchObject([
      { state: 'failed', attempts: 1, error: { failureClass: 'rate_limited' } },
    ])
    expect(performance.now() - submittedAt).toBeGreaterThanOrEqual(300)
    expect((await readReport(engine, id)).postponements).toBeGreaterThan(1)
  })
})
