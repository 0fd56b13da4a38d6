import { describe, expect } from 'vitest'
import { changeLimit, putLimit } from '../../src/limit/put-limit.ts'
import { readLimit } from '../../src/limit/read-limit.ts'
import { changeQueue, putQueue } from '../../src/queue/put-queue.ts'
import { readQueue } from '../../src/queue/read-queue.ts'
import { engineTest } from '../support/engine-test.ts'

describe('changes that race', () => {
  engineTest('keep what another one has changed of the queue', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    for (let round = 1; round <= 20; round += 1) {
      await Promise.all([
        changeQueue(engine, 'mail', { concurrency: round }),
        changeQueue(engine, 'mail', { attemptTimeoutMs: round }),
        changeQueue(engine, 'mail', { retry: { maxAttempts: round } }),
        changeQueue(engine, 'mail', { interruptionCriteria: { maxFailedTasks: round } }),
        changeQueue(engine, 'mail', { http: { timeoutMs: round } }),
      ])

      expect(await readQueue(engine, 'mail')).toMatchObject({
        concurrency: round,
        attemptTimeoutMs: round,
        retry: { maxAttempts: round },
        interruptionCriteria: { maxFailedTasks: round },
        http: { timeoutMs: round },
      })
    }
  })

  engineTest('keep what another one has changed of the limit', async ({ engine }) => {
    await putLimit(engine, 'openai', { rules: [{ unit: 'requests', max: 1, perMs: 1000 }] })
    for (let round = 1; round <= 20; round += 1) {
      const rules = [{ unit: 'requests', max: round, perMs: 1000 }]
      await Promise.all([
        changeLimit(engine, 'openai', { rules }),
        changeLimit(engine, 'openai', { burstFactor: round }),
        changeLimit(engine, 'openai', { adaptive: round % 2 === 0 }),
      ])

      expect(await readLimit(engine, 'openai')).toMatchObject({
        rules,
        burstFactor: round,
        adaptive: round % 2 === 0,
      })
    }
  })

  engineTest('succeed once under the same condition', async ({ engine }) => {
    const { queue } = await putQueue(engine, 'mail', {})
    const condition = { ifVersion: queue.version }

    const changes = await Promise.allSettled(
      [1, 2, 3, 4, 5].map((concurrency) => changeQueue(engine, 'mail', { concurrency }, condition)),
    )

    expect(changes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const refusals = changes.flatMap((change) => (change.status === 'rejected' ? [change.reason as unknown] : []))
    expect(refusals).toMatchObject(refusals.map(() => ({ code: 'SLUICE_SETTINGS_CHANGED' })))
  })
})
