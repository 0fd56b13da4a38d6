import { describe, expect } from 'vitest'
import { ApiError, type Batch, BatchInterruptedError, type FleetEvent, type InvalidTask, Sluice } from '../src/index.ts'
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

describe('an append', () => {
  clientTest('of many tasks is sent in parts, and keeps the digits of lines', async ({ sluice, redis, prefix }) => {
    const { id } = await sluice.batches.create({ sealed: false, type: 'none' })
    const padding = 'x'.repeat(3000)
    async function* lines() {
      for (let i = 0; i < 4000; i += 1)
        yield `{"payload":{"n":12345678901234567890.10,"padding":"${padding}"},"key":"k${i}"}`
    }
    const totals: number[] = []

    const result = await sluice.batches.append(id, lines(), {
      seal: true,
      onProgress: ({ total }) => totals.push(total),
    })

    expect(result).toEqual({ accepted: 4000, skipped: 0, total: 4000 })
    expect(totals.length).toBeGreaterThan(2)
    const last = await redis.lindex(`${prefix}:{batch:${id}}:page:31`, -1)
    expect(last?.includes('12345678901234567890.10')).toBe(true)
  })

  clientTest(
    'that repeats tasks skips those that the batch has, and refuses others in their place',
    async ({ sluice }) => {
      const { id } = await sluice.batches.create({ sealed: false })
      await sluice.batches.append(id, payloads(10))

      expect(await sluice.batches.append(id, payloads(12), { offset: 0 })).toEqual({
        accepted: 2,
        skipped: 10,
        total: 12,
      })
      expect(await sluice.batches.append(id, payloads(12), { offset: 0 })).toEqual({
        accepted: 0,
        skipped: 12,
        total: 12,
      })
      const other = payloads(14).map((task) => ({ ...task, key: 'other' }))
      await expect(sluice.batches.append(id, other, { offset: 0 })).rejects.toMatchObject({
        code: 'SLUICE_TASKS_DIFFER',
      })
      await expect(sluice.batches.append(id, payloads(3), { offset: 20 })).rejects.toMatchObject({
        code: 'SLUICE_OFFSET_GAP',
      })
      expect(await keysOf(sluice, id)).toEqual(payloads(12).map(({ key }) => key))
    },
  )

  clientTest('takes bytes of NDJSON cut anywhere, and completes one that broke off', async ({ sluice }) => {
    const { id } = await sluice.batches.create({ sealed: false, type: 'none' })
    const lines = Array.from(
      { length: 300 },
      (_, i) => `{"key":"é${i}","payload":${i}}${i % 7 === 0 ? '\r\n \n' : '\n'}`,
    )
    const bytes = Buffer.from(lines.join('').trimEnd())
    function* cut(piece: number, end: number) {
      // One memory for all pieces, as a reader of files may have.
      const memory = new Uint8Array(piece)
      for (let at = 0; at < end; at += piece)
        yield memory.subarray(0, bytes.copy(memory, 0, at, Math.min(at + piece, end)))
    }

    await sluice.batches.append(id, cut(13, bytes.indexOf('{"key":"é200"')))
    const again = await sluice.batches.append(id, cut(1000, bytes.length), { offset: 0, seal: true })

    expect(again).toEqual({ accepted: 100, skipped: 200, total: 300 })
    expect(await keysOf(sluice, id)).toEqual(lines.map((_, i) => `é${i}`))
  })

  clientTest('goes on without the tasks that the API refuses, if it is asked to', async ({ sluice }) => {
    const { id } = await sluice.batches.create({ sealed: false })
    const isBad = (i: number) => i % 100 < 15
    function* tasks() {
      for (let i = 0; i < 3000; i += 1)
        yield { key: `k${i}`, payload: { url: isBad(i) ? 'nowhere' : `https://a.example/${'x'.repeat(2000)}` } }
    }
    const refused: InvalidTask[] = []
    const done: number[] = []

    const result = await sluice.batches.append(id, tasks(), {
      seal: true,
      onInvalid: (some) => void refused.push(...some),
      onProgress: ({ lines }) => void done.push(lines),
    })

    const bad = Array.from({ length: 3000 }, (_, i) => i).filter(isBad)
    expect(result).toEqual({ accepted: 2550, skipped: 0, total: 2550 })
    expect(refused.map(({ line }) => line - 1)).toEqual(bad)
    expect(refused.map(({ text }) => (JSON.parse(text) as { key: string }).key)).toEqual(bad.map((i) => `k${i}`))
    expect([done.length > 1, done.at(-1)]).toEqual([true, 3000])
    expect(await keysOf(sluice, id)).toEqual(
      Array.from({ length: 3000 }, (_, i) => i)
        .filter((i) => !isBad(i))
        .map((i) => `k${i}`),
    )
  })

  clientTest('of which the API refuses all tasks seals the batch', async ({ sluice }) => {
    const run = await sluice.run({ tasks: [{ payload: 1 }, { payload: 2 }] }, { onInvalid: () => {} })

    expect(await run.get()).toMatchObject({ sealed: true, counts: { total: 0 } })
  })

  clientTest('names the line of bytes that the API refuses, also when it goes on', async ({ sluice }) => {
    const { id } = await sluice.batches.create({ sealed: false, type: 'none' })
    const text = '{"payload":1}\n\n{"payload":2}\n{"payload":3}\n'
    await sluice.batches.append(id, [Buffer.from(text)])

    const error = await sluice.batches
      .append(id, [Buffer.from(`${text}{"paylod":4}`)], { offset: 0 })
      .catch((caught: unknown) => caught)

    expect(error).toMatchObject({ problem: { lines: [{ line: 5 }] } })
  })

  clientTest('may travel compressed, with the same result', async ({ sluice }) => {
    const { id } = await sluice.batches.create({ sealed: false })
    const keys = (count: number) => payloads(count).map((task) => ({ ...task, key: `é${task.key}` }))

    await sluice.batches.append(id, keys(700), { compress: true })
    const again = await sluice.batches.append(id, keys(1000), { compress: true, offset: 0, seal: true })

    expect(again).toEqual({ accepted: 300, skipped: 700, total: 1000 })
    expect(await keysOf(sluice, id)).toEqual(keys(1000).map(({ key }) => key))
  })

  clientTest('names an invalid task by its place among all tasks', async ({ sluice }) => {
    const { id } = await sluice.batches.create({ sealed: false, type: 'none' })
    function* lines() {
      for (let i = 0; i < 1500; i += 1) yield { payload: 'x'.repeat(3000) }
      yield '{"paylod":1}'
    }

    const error = await sluice.batches.append(id, lines()).catch((caught: unknown) => caught)

    expect(error instanceof ApiError && error.code === 'SLUICE_TASKS_INVALID' && error.problem.lines[0]?.line).toBe(
      1501,
    )
  })

  clientTest('loses and repeats nothing while answers are lost', async ({ api, proxyTo, sluice }) => {
    const proxied = new Sluice({
      url: await proxyTo(api.url, (nth) => (nth % 2 === 0 ? 'before_answer' : 'no')),
      maxRetries: 5,
    })
    const { id } = await sluice.batches.create({ sealed: false, type: 'none' })
    const tasks = Array.from({ length: 4000 }, (_, i) => ({ key: `k${i}`, payload: 'x'.repeat(4000) }))

    await proxied.batches.append(id, tasks, { seal: true })

    expect(await sluice.batches.get(id)).toMatchObject({ sealed: true, counts: { total: 4000 } })
    expect(await keysOf(sluice, id)).toEqual(tasks.map(({ key }) => key))
  })
})

describe('a stream', () => {
  clientTest('of results that breaks is continued where it broke', async ({ api, proxyTo, sluice }) => {
    const { id } = await sluice.batches.create({ tasks: payloads(3000) })
    const proxied = new Sluice({ url: await proxyTo(api.url, (nth) => (nth < 5 ? nth * 20_000 : 'no')) })

    expect(await keysOf(proxied, id)).toEqual(payloads(3000).map(({ key }) => key))
  })

  clientTest('of the audit log that breaks is continued where it broke', async ({ api, proxyTo, sluice }) => {
    for (let i = 0; i < 60; i += 1) await sluice.batches.create({ code: `b${i}` })
    const proxied = new Sluice({ url: await proxyTo(api.url, (nth) => (nth < 4 ? nth * 5000 : 'no')) })

    const entries = await collect(proxied.audit.export({ operation: 'createBatch' }), ({ object }) => object)

    expect(entries).toHaveLength(60)
    expect(new Set(entries).size).toBe(60)
  })

  clientTest('of a batch outlives the API, and ends with the batch', async ({ api, sluice }) => {
    const { id } = await sluice.batches.create({ tasks: payloads(1) })
    const seen: Batch[] = []
    const watching = (async () => {
      for await (const batch of sluice.batches.watch(id)) seen.push(batch)
    })()
    await expect.poll(() => seen.length).toBe(1)

    await api.kill()
    await api.start()
    await expect.poll(() => seen.length, { timeout: 30_000 }).toBe(2)
    await sluice.batches.cancel(id)
    await watching

    expect(seen.at(-1)?.state).toBe('cancelled')
  })

  clientTest('of the installation outlives the API, and then begins with a snapshot', async ({ api, sluice }) => {
    const { id } = await sluice.batches.create({ tasks: payloads(1) })
    const stop = new AbortController()
    const seen: FleetEvent[] = []
    const watching = (async () => {
      for await (const event of sluice.events({ topics: ['batches'], signal: stop.signal })) seen.push(event)
    })()
    const snapshots = () => seen.filter(({ kind }) => kind === 'snapshot')
    await expect.poll(() => snapshots().length).toBe(1)

    await api.kill()
    await api.start()
    await expect.poll(() => snapshots().length, { timeout: 30_000 }).toBe(2)
    stop.abort(new Error('enough'))

    await expect(watching).rejects.toThrow('enough')
    expect(snapshots()).toMatchObject([{ objects: [{ id }] }, { objects: [{ id }] }])
  })

  clientTest('throws for a batch that does not exist, and ends with its signal', async ({ sluice }) => {
    await expect(sluice.batches.watch('none').next()).rejects.toMatchObject({ code: 'SLUICE_BATCH_NOT_FOUND' })
    await expect(sluice.batches.results('none').next()).rejects.toMatchObject({ code: 'SLUICE_BATCH_NOT_FOUND' })
    const { id } = await sluice.batches.create({ tasks: payloads(1) })
    const stop = new AbortController()
    const watching = sluice.batches.watch(id, { signal: stop.signal })
    await watching.next()

    const next = watching.next()
    stop.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
  })
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

async function textOf(blocks: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await collect(blocks)).toString('utf8')
}

/** Rows of CSV, of which each begins with a number after the first. */
const rowsOf = (text: string) => text.split(/(?<=\r\n)(?=\d)/)

describe('a download', () => {
  clientTest('is continued after each break, in rows with any text', async ({ api, proxyTo, sluice }) => {
    const keys = Array.from({ length: 3000 }, (_, i) => `k${i} "quoted"\n,next ${'x'.repeat(50)}`)
    const run = await sluice.run({ type: 'none', tasks: keys.map((key) => ({ key, payload: 0 })) })
    const cut = new Sluice({ url: await proxyTo(api.url, (nth) => (nth < 4 ? nth * 20_000 : 'no')) })

    const rows = rowsOf(await textOf(cut.batches.download(run.id, { format: 'csv' })))
    const part = rowsOf(await textOf(run.download({ format: 'csv', fromSeq: 2990, state: ['pending', 'failed'] })))
    const bare = rowsOf(await textOf(run.download({ format: 'csv', fromSeq: 2990, header: false })))
    const lines = await textOf(cut.batches.download(run.id))

    expect(rows[0]).toMatch(/^seq,key,state,/)
    expect(rows.slice(1).map((row) => row.replace(/,pending.*/s, ''))).toEqual(
      keys.map((key, i) => `${i},"${key.replaceAll('"', '""')}"`),
    )
    expect(part.map((row) => row.replace(/,.*/s, ''))).toEqual([
      'seq',
      ...Array.from({ length: 10 }, (_, i) => String(2990 + i)),
    ])
    expect(bare).toEqual(part.slice(1))
    expect(lines).toBe(await textOf(run.download()))
    expect(lines.match(/"seq":\d+/g)).toEqual(keys.map((_, i) => `"seq":${i}`))
    expect(await textOf(run.download({ state: 'failed' }))).toBe('')
    expect(await textOf(run.download({ state: 'failed', format: 'csv' }))).toBe(rows[0])
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
