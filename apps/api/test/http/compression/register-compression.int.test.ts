import { type IncomingMessage, request } from 'node:http'
import { createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { BatchList } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { apiTest, ownServerApiTest } from '../../support/api-test.ts'
import { countCalls, longKeyLines, settled } from '../../support/result-streams.ts'
import { appendLines, createBatch, taskLines } from '../../support/requests.ts'

const DECOMPRESS = { gzip: gunzipSync, zstd: zstdDecompressSync }

function get(url: string, acceptEncoding: string) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers: { 'accept-encoding': acceptEncoding } }, resolve)
      .on('error', reject)
      .end()
  })
}

describe('a long answer', () => {
  apiTest.for(['gzip', 'zstd'] as const)('is compressed for a client that accepts %s', async (coding, { app }) => {
    for (let i = 0; i < 20; i += 1) await createBatch(app, { code: `b${i}` })
    const read = (headers = {}) => app.inject({ url: '/v1/batches', headers })

    const plain = await read()
    const compressed = await read({ 'accept-encoding': coding })

    expect(plain.headers).toMatchObject({ vary: 'accept-encoding' })
    expect(plain.headers).not.toHaveProperty('content-encoding')
    expect(compressed.headers).toMatchObject({
      'content-encoding': coding,
      'content-length': String(compressed.rawPayload.length),
      'content-type': 'application/json; charset=utf-8',
      vary: 'accept-encoding',
    })
    const { batches } = JSON.parse(DECOMPRESS[coding](compressed.rawPayload).toString()) as BatchList
    expect(batches.map(({ code }) => code)).toContain('b7')
    expect(compressed.rawPayload.length).toBeLessThan(plain.body.length / 5)
  })

  apiTest('is compressed only if it is read, and has no secret and no version', async ({ app }) => {
    const headers = { 'accept-encoding': 'gzip' }
    const metadata = { text: 'x'.repeat(10_000) }
    const created = await app.inject({ method: 'POST', url: '/v1/batches', headers, payload: { metadata } })
    await app.inject({ method: 'PUT', url: '/v1/queues/long', payload: { http: { headers: { a: 'x'.repeat(8000) } } } })
    const answers = [
      created,
      await app.inject({ url: '/v1/queues/long', headers }),
      await app.inject({ url: '/v1/batches/none', headers }),
      await app.inject({ url: '/healthz', headers }),
      await app.inject({ method: 'HEAD', url: '/v1/batches', headers }),
    ]

    for (const answer of answers) expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answers.map(({ headers: { vary } }) => vary)).toEqual([
      undefined,
      undefined,
      undefined,
      'accept-encoding',
      'accept-encoding',
    ])
  })
})

describe('a stream of results', () => {
  apiTest('is the same, compressed, as NDJSON and as CSV', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, taskLines(3000))

    for (const format of ['ndjson', 'csv']) {
      const url = `/v1/batches/${id}/results?format=${format}`
      const plain = await app.inject({ url })
      for (const coding of ['gzip', 'zstd'] as const) {
        const compressed = await app.inject({ url, headers: { 'accept-encoding': coding } })

        expect(compressed.headers).toMatchObject({ 'content-encoding': coding, vary: 'accept-encoding' })
        expect(DECOMPRESS[coding](compressed.rawPayload).toString()).toBe(plain.body)
      }
    }
  })

  ownServerApiTest(
    'arrives piece by piece, and is read no faster than its client reads',
    async ({ app, baseUrl, redis }) => {
      const { id } = await createBatch(app)
      for (let from = 0; from < 20_000; from += 5000) await appendLines(app, id, randomKeyLines(5000, from))
      const pagesRead = () => countCalls(redis, 'lrange')
      const before = await pagesRead()

      const response = await get(`${baseUrl}/v1/batches/${id}/results`, 'gzip')
      const text = response.pipe(createGunzip())
      const first = await new Promise<Buffer>((resolve) => text.once('data', resolve))
      text.pause()
      await settled(pagesRead)
      const whilePaused = (await pagesRead()) - before
      response.destroy()
      await settled(pagesRead)

      expect(first.toString()).toMatch(/^\{"seq":0,/)
      // 20,000 tasks are 157 pages.
      expect(whilePaused).toBeLessThan(120)
      expect((await pagesRead()) - before).toBeLessThan(130)
    },
  )
})

/** Keys that do not compress, so that the buffers of a connection fill as without compression. */
function randomKeyLines(count: number, from: number): string[] {
  return longKeyLines(count, from, () => String.fromCodePoint(0x1_0000 + Math.floor(Math.random() * 0xffff)))
}
