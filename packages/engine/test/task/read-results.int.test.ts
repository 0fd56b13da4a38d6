import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import type { Engine } from '../../src/engine.ts'
import { BatchNotFoundError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { readResults } from '../../src/task/read-results.ts'
import type { TaskResult, TaskState } from '../../src/model/task.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, retry } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

async function resultsOf(engine: Engine, id: string, states?: TaskState[]): Promise<TaskResult[]> {
  const results: TaskResult[] = []
  for await (const page of readResults(engine, id, { states })) results.push(...page)
  return results
}

describe('the results of a batch', () => {
  engineTest('contain one entry for each task, in order, with its result or its error', async ({ engine }) => {
    const tasks = envelopes(300).map((envelope, seq) => `{"key":"k${seq}",${envelope.slice(1)}`)
    const id = await newBatch(engine, { tasks, concurrency: 1 })
    await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) =>
      seq % 2 === 0 ? completed(seq, { result: { seq }, durationMs: 2.5 }) : failed(seq, { failureClass: 'auth' }),
    )

    const results = await resultsOf(engine, id)

    expect(results.map(({ seq, key }) => [seq, key])).toEqual(range(300).map((seq) => [seq, `k${seq}`]))
    expect(results[298]).toEqual({
      seq: 298,
      key: 'k298',
      state: 'completed',
      attempts: 1,
      finishedAt: results[298]?.finishedAt,
      durationMs: 2.5,
      resultText: '{"seq":298}',
      error: null,
    })
    expect(results[299]).toMatchObject({ state: 'failed', resultText: null, error: { failureClass: 'auth' } })
    expect(results.every(({ finishedAt }) => finishedAt instanceof Date)).toBe(true)
  })

  engineTest('can be read while the batch runs, and are empty for tasks that have not run', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(3)
    await ticket.continue([completed(0), retry(1)])

    const results = await resultsOf(engine, id)

    expect(results.map(({ state }) => state)).toEqual(['completed', 'delayed', 'running', 'pending'])
    expect(results[1]).toMatchObject({ attempts: 1, error: { failureClass: 'server' } })
    expect(results[2]).toMatchObject({ attempts: 1, finishedAt: null, durationMs: null, resultText: null, error: null })
  })

  engineTest('can be limited to one state, without empty pages', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 500, concurrency: 1 })
    await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) => (seq === 400 ? failed(seq) : completed(seq)))
    const pages: TaskResult[][] = []

    for await (const page of readResults(engine, id, { states: ['failed'] })) pages.push(page)

    expect(pages.map((page) => page.map(({ seq }) => seq))).toEqual([[400]])
  })

  engineTest('exclude tasks that are appended after the iteration starts', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 128, sealed: false })
    const seqs: number[] = []

    for await (const page of readResults(engine, id)) {
      seqs.push(...page.map(({ seq }) => seq))
      await appendTasks(engine, id, [envelopes(128)])
    }

    expect(seqs).toEqual(range(128))
  })

  engineTest(
    'come in small pages when tasks are large, and in large pages when tasks are small',
    async ({ engine }) => {
      const large = `{"payload":"${'x'.repeat(200_000)}"}`
      const id = await newBatch(engine, { tasks: [...range(30).map(() => large), ...envelopes(1000)] })
      const pages: number[][] = []

      for await (const page of readResults(engine, id)) pages.push(page.map(({ seq }) => seq))

      expect(pages.flat()).toEqual(range(1030))
      expect(pages[1]?.length).toBeLessThan(5)
      expect(pages.at(-2)?.length).toBeGreaterThan(100)
    },
  )

  engineTest('can be abandoned in the middle', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 600 })

    for await (const page of readResults(engine, id)) {
      expect(page[0]?.seq).toBe(0)
      break
    }
  })

  engineTest('are empty for an empty batch, and refused for an unknown one', async ({ engine }) => {
    const id = await newBatch(engine)

    expect(await resultsOf(engine, id)).toEqual([])
    await expect(resultsOf(engine, 'nobody')).rejects.toThrow(BatchNotFoundError)
  })
})
