import { createBatch, readBatch } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { fleetTest, startsOf, tasksOf, until } from '../support/fleet-test.ts'

const NEIGHBOURS = 9

describe.concurrent('a worker process', { timeout: 90_000 }, () => {
  fleetTest.for(['rejection', 'exception'] as const)(
    'after an uncaught %s of a handler lets its neighbours finish, releases the rest unspent and exits with 1',
    async (kind, { engine, startWorker, prefix }) => {
      const worker = await startWorker({ SLUICE_WORKER_CONCURRENCY: '11', SLUICE_SHUTDOWN_GRACE_MS: '3000' })
      const stray = { type: 'stray', payload: { waitFor: NEIGHBOURS + 2, kind } }
      const working = Array.from({ length: NEIGHBOURS }, () => ({ type: 'work', payload: { ms: 1500 } }))
      const tasks = [stray, ...working, { type: 'hang', payload: {} }, { type: 'rest', payload: { ms: 1 } }]
      const { batch } = await createBatch(engine, {
        type: 'work',
        retry: { maxAttempts: 1 },
        tasks: tasks.map((task) => JSON.stringify(task)),
      })
      await until(async () => (await startsOf(engine, prefix)).length === tasks.length - 1)

      expect(await worker.exited).toEqual({ code: 1, signal: null })

      expect(worker.output).toMatch(/nothing catches this[^]*"stopping"[^]*"stopped"/)
      expect((await readBatch(engine, batch.id)).counts).toMatchObject({ failed: 0, running: 0 })
      const after = await tasksOf(engine, batch.id)
      expect(after.slice(0, -2)).toMatchObject(Array.from({ length: NEIGHBOURS + 1 }, () => ({ state: 'completed' })))
      expect(after.at(-2)).toMatchObject({ type: 'hang', state: 'pending', attempts: 0 })
    },
  )
})
