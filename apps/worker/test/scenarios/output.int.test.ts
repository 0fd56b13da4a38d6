import { createBatch } from '@sluice/engine'
import { startRedis } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { fleetTest, openEngine, untilCompleted } from '../support/fleet-test.ts'

function entriesIn(output: string): Record<string, unknown>[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe.concurrent('the output of a worker process', { timeout: 90_000 }, () => {
  fleetTest(
    'warns once, in its log, of a Redis that may evict tasks',
    async ({ startWorker, prefix, onTestFinished }) => {
      const redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'], exclusive: true })
      onTestFinished(() => redis.stop())
      const worker = await startWorker({ SLUICE_REDIS_URL: redis.url })
      const engine = openEngine(redis.url, prefix, onTestFinished)
      const { batch } = await createBatch(engine, { type: 'rest', tasks: ['{"payload":{"ms":1}}'] })
      await untilCompleted(engine, batch.id)
      await worker.stop()

      const warnings = entriesIn(worker.output).filter(({ msg }) => /evict/i.test(String(msg)))

      expect(warnings).toMatchObject([{ level: 40, name: 'sluice-worker' }])
      expect(warnings[0]?.['msg']).toContain('CONFIG SET maxmemory-policy noeviction')
    },
  )

  fleetTest('has an entry for what a handler prints', async ({ engine, startWorker }) => {
    const worker = await startWorker()
    const { batch } = await createBatch(engine, { type: 'print', tasks: ['{"payload":["%s!","hello",{"a":1}]}'] })
    await untilCompleted(engine, batch.id)
    await worker.stop()

    expect(entriesIn(worker.output)).toContainEqual(
      expect.objectContaining({ level: 30, source: 'console', msg: 'hello! { a: 1 }' }),
    )
  })
})
