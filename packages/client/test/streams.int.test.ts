import { describe, expect } from 'vitest'
import { type Batch, type FleetEvent, Sluice } from '../src/index.ts'
import { collect } from './support/collect.ts'
import { clientTest } from './support/client-test.ts'

const payloads = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ payload: i, key: `k${i}`, type: 'none' }))

async function keysOf(sluice: Sluice, id: string): Promise<(string | null)[]> {
  return await collect(sluice.batches.results(id), ({ key }) => key)
}

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
