import { describe, expect } from 'vitest'
import { BatchInterruptedError, Sluice } from '../src/index.ts'
import { collect } from './support/collect.ts'
import { clientTest } from './support/client-test.ts'

const payloads = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ payload: i, key: `k${i}`, type: 'none' }))

async function keysOf(sluice: Sluice, id: string): Promise<(string | null)[]> {
  return await collect(sluice.batches.results(id), ({ key }) => key)
}

describe('a run', () => {
  clientTest(
    'creates, fills and seals a batch, waits for it and reads its results',
    async ({ sluice, startWorker, upstream }) => {
      await startWorker()
      function* tasks() {
        for (let i = 0; i < 40; i += 1) yield { key: `k${i}`, payload: { url: `${upstream}/${i === 7 ? 'fail' : i}` } }
      }

      const run = await sluice.run({ metadata: { job: 'test' }, tasks: tasks() })
      const batch = await run.wait()
      const results = await collect(run.results())

      expect(batch).toMatchObject({ state: 'completed', outcome: 'partial', counts: { completed: 39, failed: 1 } })
      expect(results.map(({ key }) => key)).toEqual(Array.from({ length: 40 }, (_, i) => `k${i}`))
      expect(results[3]?.result).toMatchObject({ status: 200, body: '3' })
      expect(results[7]?.error?.failureClass).toBe('invalid')
      expect(await collect(run.results({ state: 'failed' }), ({ seq }) => seq)).toEqual([7])
      expect((await run.report()).errors).toHaveLength(1)
    },
  )

  clientTest('that was cut off goes on with its code, and sends nothing twice', async ({ sluice }) => {
    function* broken() {
      yield* payloads(30)
      throw new Error('the file ends here')
    }
    await expect(sluice.run({ code: 'job', tasks: broken() })).rejects.toThrow('the file ends here')
    await sluice.batches.append('code:job', payloads(30))

    await expect(sluice.run({ code: 'job', tasks: payloads(50) })).rejects.toMatchObject({ code: 'SLUICE_CODE_TAKEN' })
    const run = await sluice.run({ code: 'job', tasks: payloads(50) }, { resume: true })
    const again = await sluice.run({ code: 'job', tasks: payloads(50) }, { resume: true })

    expect(again.id).toBe(run.id)
    expect(await run.get()).toMatchObject({ sealed: true, counts: { total: 50 } })
    expect(await keysOf(sluice, run.id)).toEqual(payloads(50).map(({ key }) => key))
  })

  clientTest(
    'that is interrupted throws the reason, and goes on when it is resumed',
    async ({ sluice, startWorker, upstream }) => {
      await startWorker()
      const tasks = Array.from({ length: 20 }, () => ({ payload: { url: `${upstream}/fail` } }))
      const run = await sluice.run({ interruptionCriteria: { maxConsecutiveFailures: 3 }, concurrency: 1, tasks })

      const error = await run.wait().catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(BatchInterruptedError)
      expect(error).toMatchObject({ interruption: { reason: 'consecutive_failures_exceeded' } })
      expect((await run.wait({ until: 'stopped' })).state).toBe('interrupted')

      await run.resume({ interruptionCriteria: { maxConsecutiveFailures: 100 } })
      expect(await run.wait()).toMatchObject({ state: 'completed', outcome: 'failed', counts: { failed: 20 } })
    },
  )
})

describe('a list', () => {
  clientTest('is a page, and all rows when it is iterated', async ({ sluice }) => {
    const { id } = await sluice.batches.create({ tasks: payloads(25) })

    const page = await sluice.tasks.list(id, { pageSize: 10 })
    const following = await page.next()
    const all = await collect(sluice.tasks.list(id, { pageSize: 10 }), ({ seq }) => seq)

    expect([page.rows.length, following?.rows[0]?.seq]).toEqual([10, 10])
    expect(all).toEqual(payloads(25).map(({ payload }) => payload))
  })
})

describe('a list', () => {
  clientTest('takes filters with names of their own', async ({ sluice }) => {
    const { id, createdAt } = await sluice.batches.create({
      code: 'l-1',
      metadata: { customer: 'acme' },
      tasks: payloads(9),
    })
    await sluice.batches.create({ code: 'l-2', metadata: { customer: 'other' } })

    const found = sluice.batches.list({ metadata: { customer: 'acme' }, codePrefix: 'l-', createdAfter: createdAt })
    expect(await collect(found, (batch) => batch.id)).toEqual([id])
    expect(await collect(sluice.tasks.list(id, { key: 'k7' }), ({ seq }) => seq)).toEqual([7])
    const tasks = sluice.tasks.search({ state: 'pending', type: 'none', pageSize: 4 })
    expect(await collect(tasks, ({ code, seq }) => `${code}:${seq}`)).toEqual(
      payloads(9)
        .map((_, i) => `l-1:${i}`)
        .toReversed(),
    )
  })
})

describe('creations', () => {
  const count = Number(process.env['CLIENT_CREATES'] ?? 300)
  const timeout = 60_000 + count * 50
  clientTest(
    'of which one answer in ten is lost create each batch once',
    { timeout },
    async ({ api, proxyTo, sluice }) => {
      const url = await proxyTo(api.url, (nth) => (nth % 10 === 0 ? 'before_answer' : 'no'))
      const proxied = new Sluice({ url, maxRetries: 10 })
      const ids = new Set<string>()

      const numbers = Array.from({ length: count }, (_, i) => i).values()
      const create = async () => {
        for (const i of numbers) ids.add((await proxied.batches.create({ metadata: { i }, tasks: payloads(1) })).id)
      }
      await Promise.all(Array.from({ length: 10 }, create))

      expect(ids.size).toBe(count)
      expect(await collect(sluice.batches.list({ pageSize: 100 }), ({ id }) => id)).toHaveLength(count)
    },
  )
})
