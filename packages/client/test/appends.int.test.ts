import { describe, expect } from 'vitest'
import { ApiError, type InvalidTask, Sluice } from '../src/index.ts'
import { collect } from './support/collect.ts'
import { clientTest } from './support/client-test.ts'

const payloads = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ payload: i, key: `k${i}`, type: 'none' }))

async function keysOf(sluice: Sluice, id: string): Promise<(string | null)[]> {
  return await collect(sluice.batches.results(id), ({ key }) => key)
}

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
