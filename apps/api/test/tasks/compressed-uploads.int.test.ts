import { once } from 'node:events'
import { connect } from 'node:net'
import { constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'
import type { AppendTasksView, BatchView } from '@sluice/contracts'
import { describe, expect, vi } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createMetrics } from '../../src/metrics.ts'
import { apiTest } from '../support/api-test.ts'
import { createBatch, listAllTasks, problemOf, taskLines } from '../support/requests.ts'

const COMPRESS = { gzip: gzipSync, zstd: zstdCompressSync }

const text = (count: number, from = 0) =>
  taskLines(count, from)
    .map((line) => `${line}\n`)
    .join('')

const headersOf = (coding: string) => ({ 'content-type': 'application/x-ndjson', 'content-encoding': coding })

type App = Parameters<typeof createBatch>[0]

function append(app: App, id: string, coding: string, payload: Buffer, query = '') {
  return app.inject({ method: 'POST', url: `/v1/batches/${id}/tasks${query}`, headers: headersOf(coding), payload })
}

describe('a compressed upload', () => {
  apiTest.for(['gzip', 'zstd'] as const)('has the same tasks as an uncompressed one: %s', async (coding, { app }) => {
    const { id } = await createBatch(app)
    const first = await append(app, id, coding, COMPRESS[coding](text(3000)))
    const again = await append(app, id, coding.toUpperCase(), COMPRESS[coding](text(3500)), '?offset=0&seal=true')
    const created = await app.inject({
      method: 'POST',
      url: '/v1/batches?type=test',
      headers: headersOf(coding),
      payload: COMPRESS[coding](text(2500)),
    })

    expect(first.json<AppendTasksView>()).toEqual({ accepted: 3000, skipped: 0, total: 3000 })
    expect(again.json<AppendTasksView>()).toEqual({ accepted: 500, skipped: 3000, total: 3500 })
    expect(created.json<BatchView>().counts.total).toBe(2500)
    const payloads = (await listAllTasks(app, id, 1000)).map(({ payload }) => payload)
    expect(payloads).toEqual(Array.from({ length: 3500 }, (_, i) => i))
  })

  apiTest('may consist of several members of gzip', async ({ app }) => {
    const { id } = await createBatch(app)

    const response = await append(app, id, 'gzip', Buffer.concat([gzipSync(text(10)), gzipSync(text(10, 10))]))

    expect(response.json<AppendTasksView>()).toMatchObject({ accepted: 20 })
  })

  apiTest(
    'that is damaged, cut short or followed by something is refused, and loses nothing silently',
    async ({ app }) => {
      const wholeGzip = gzipSync(text(5000))
      const wholeZstd = zstdCompressSync(text(5000))
      const bodies = [
        ['gzip', Buffer.from(text(5))],
        ['gzip', Buffer.alloc(0)],
        ['gzip', wholeGzip.subarray(0, -4)],
        ['gzip', wholeGzip.subarray(0, wholeGzip.length / 2)],
        ['gzip', Buffer.concat([wholeGzip, Buffer.from('{}')])],
        ['gzip', wholeZstd],
        ['zstd', Buffer.from(text(5))],
        ['zstd', wholeZstd.subarray(0, -4)],
        ['zstd', Buffer.concat([wholeZstd, Buffer.from('{}')])],
        ['zstd', Buffer.concat([zstdCompressSync(text(5)), zstdCompressSync(text(5, 5))])],
      ] as const

      for (const [i, [coding, body]] of bodies.entries()) {
        const { id } = await createBatch(app)
        const response = await append(app, id, coding, body)
        const create = { method: 'POST', url: `/v1/batches?type=test&code=c${i}`, headers: headersOf(coding) } as const
        const created = await app.inject({ ...create, payload: body })

        expect([i, response.statusCode, problemOf(response).code]).toEqual([i, 400, 'SLUICE_BODY_DAMAGED'])
        const total = (await app.inject({ url: `/v1/batches/${id}` })).json<BatchView>().counts.total
        expect(problemOf(response)).toMatchObject({ accepted: total, total })
        expect([i, created.statusCode, problemOf(created).code]).toEqual([i, 400, 'SLUICE_BODY_DAMAGED'])
        expect((await app.inject({ url: `/v1/batches/code:c${i}` })).statusCode).toBe(404)
      }
    },
  )

  apiTest('in another coding is refused, and so is a compressed body that is no NDJSON', async ({ app }) => {
    const { id } = await createBatch(app)
    const body = gzipSync('[{"payload":1}]')

    for (const coding of ['br', 'deflate', 'x-gzip', 'gzip, gzip', 'gzip;q=1', '']) {
      const response = await append(app, id, coding, body)

      expect([coding, response.statusCode, problemOf(response).code]).toEqual([coding, 415, 'SLUICE_MEDIA_TYPE'])
      expect(response.headers['accept-encoding']).toBe('gzip, zstd')
    }
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const json = await app.inject({ method: 'POST', url: `/v1/batches/${id}/tasks`, headers, payload: body })
    expect([json.statusCode, problemOf(json).code]).toEqual([415, 'SLUICE_MEDIA_TYPE'])
  })

  apiTest('that would expand without end is refused, and takes little memory', async ({ engine, onTestFinished }) => {
    const metrics = createMetrics()
    const app = await buildApp({ engine, metrics, allowAnonymous: true })
    onTestFinished(() => app.close())
    const { id } = await createBatch(app)
    const sizes = vi.spyOn(metrics.openBodyBytes, 'set')
    const blank = Buffer.alloc(64 * 1024 * 1024, '\n')

    for (const coding of ['gzip', 'zstd'] as const) {
      const response = await append(app, id, coding, COMPRESS[coding](blank))

      expect([coding, response.statusCode, problemOf(response).code]).toEqual([coding, 400, 'SLUICE_BODY_EXPANDS'])
    }
    const longLine = await append(app, id, 'gzip', gzipSync(`{"payload":"${'x'.repeat(50_000_000)}"}`))
    expect(problemOf(longLine)).toMatchObject({ code: 'SLUICE_TASKS_INVALID', accepted: 0 })
    const mostBytes = Math.max(...sizes.mock.calls.map(([bytes]) => bytes))
    expect(mostBytes).toBeGreaterThan(0)
    expect(mostBytes).toBeLessThan(10_000_000)
  })

  apiTest('with a larger window than HTTP allows is refused', async ({ app }) => {
    const { id } = await createBatch(app)
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 25 } })
    const pieces: Buffer[] = []
    stream.on('data', (piece: Buffer) => pieces.push(piece)).end(text(2_000_000))
    await once(stream, 'end')

    const response = await append(app, id, 'zstd', Buffer.concat(pieces))

    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_BODY_DAMAGED', accepted: 0 })
  })

  apiTest('keeps what arrived before its client disconnected, and creates no batch of it', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const { hostname, port } = new URL(baseUrl)
    const lines = Array.from({ length: 15_000 }, (_, i) => `{"payload":"${Math.random()} ${i}"}\n`).join('')
    const body = gzipSync(lines)
    const head = (target: string) =>
      `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n` +
      `Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`
    const totalOf = async () => (await app.inject({ url: `/v1/batches/${id}` })).json<BatchView>().counts.total

    for (const target of [`/v1/batches/${id}/tasks`, '/v1/batches?type=test&code=cut']) {
      const socket = connect(Number(port), hostname).on('error', () => {})
      socket.write(head(target))
      socket.write(body.subarray(0, body.length - 1000))
      await expect.poll(totalOf).toBeGreaterThan(1000)
      socket.destroy()
    }

    await expect.poll(async () => (await app.inject({ url: '/metrics' })).body).toContain('sluice_open_body_bytes 0\n')
    expect(await totalOf()).toBeLessThan(15_000)
    expect((await app.inject({ url: '/v1/batches/code:cut' })).statusCode).toBe(404)
  })
})
