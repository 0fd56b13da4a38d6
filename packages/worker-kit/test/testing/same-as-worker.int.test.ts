import { expect } from 'vitest'
import { NonRetryableError } from '../../src/errors.ts'
import type { Handler } from '../../src/handler.ts'
import { testAttempt } from '../../src/testing/index.ts'
import { submit, tasksOf, untilFinished, workerTest } from '../support/worker-test.ts'

const MISBEHAVIOURS: readonly Handler[] = [
  () => ({ at: new Date(0), digits: [1.5, Number.NaN], none: undefined }),
  () => undefined,
  () => 10n,
  () => 'x'.repeat(5_000_000),
  () => new Promise(() => {}),
  () => Promise.reject(new NonRetryableError('The address of order 17 is gone.', { status: 410 })),
  () => Promise.reject(Object.assign(new Error('Not now'), { status: 500 })),
  () => {
    throw 'plain text'
  },
]

workerTest('an attempt in a test ends as a worker records it', async ({ engine, startWorker }) => {
  const work: Handler = (payload, context) => MISBEHAVIOURS[payload as number]?.(payload, context)
  const options = { attemptTimeoutMs: 100, retry: { maxAttempts: 1 } }
  const batchId = await submit(engine, { payloads: MISBEHAVIOURS.map((_, i) => i), ...options })

  await startWorker({ handlers: { work } })
  await untilFinished(engine, batchId)

  for (const { seq, state, result, error } of await tasksOf(engine, batchId)) {
    const tested = await testAttempt(work, seq, options)
    expect([seq, tested.kind]).toEqual([seq, state])
    if (tested.kind === 'completed') expect(tested.result).toEqual(result)
    else expect({ status: null, ...('error' in tested && tested.error) }).toMatchObject({ ...error })
  }
})
