import { serveTickets, type TicketRun } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { collectWarnings, submit, tasksOf, until, untilFinished, workerTest } from './support/worker-test.ts'

describe('an unexpected error', () => {
  workerTest(
    'in the run of a ticket is reported, and the ticket runs again a second later',
    async ({ engine, onTestFinished }) => {
      const runs: (TicketRun & { at: number })[] = []
      const reports: [unknown, string][] = []
      const error = new TypeError('x is undefined')
      const id = await submit(engine, { count: 1 })

      const service = await serveTickets(engine, 'default', {
        concurrency: 1,
        workerId: 'no-heartbeat',
        // A run that retires while a task waits would be issued again at once, and the test would miss the second run.
        runTicket: (run) => {
          runs.push({ ...run, at: performance.now() })
          return runs.length < 2 ? Promise.reject(error) : Promise.resolve({ kind: 'superseded' })
        },
        onError: (reported, what) => reports.push([reported, what]),
      })
      onTestFinished(() => service.close())
      await until(() => runs.length === 2)

      expect(runs.map(({ run }) => run)).toEqual(['1.1', '1.2'])
      expect(reports).toEqual([[error, `ticket ${id}.0 failed unexpectedly and will be run again`]])
      const [first = 0, second = 0] = runs.map(({ at }) => at)
      expect(second - first).toBeGreaterThan(900)
    },
  )

  workerTest('in the observe callback is logged and affects no task', async ({ engine, startWorker }) => {
    const { log, warnings } = collectWarnings()
    const observe = () => {
      throw new Error('no')
    }
    await startWorker({ handlers: { work: () => 'ok' }, log, observe })

    const id = await submit(engine, { count: 10, retry: { maxAttempts: 1 } })

    expect((await untilFinished(engine, id)).counts).toMatchObject({ completed: 10, failed: 0 })
    expect(new Set((await tasksOf(engine, id)).map(({ attempts }) => attempts))).toEqual(new Set([1]))
    expect(new Set(warnings)).toEqual(new Set(['the observe callback failed']))
  })
})
