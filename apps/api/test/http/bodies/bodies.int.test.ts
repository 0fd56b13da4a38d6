import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import type { ClientBounds } from '../../../src/http/client-bounds.ts'
import { buildApp } from '../../../src/app.ts'
import { describe, expect } from 'vitest'
import { apiTest } from '../../support/api-test.ts'
import { createBatch, problemOf, taskLines } from '../../support/requests.ts'
import { RawUpload } from '../../support/raw-upload.ts'

const test = apiTest.extend('start', ({ engine, onTestFinished }) => async (bounds: Partial<ClientBounds>) => {
  const app = await buildApp({ engine, allowAnonymous: true, bounds, maxBodyBytes: 1_000_000 })
  onTestFinished(() => app.close())
  return { app, baseUrl: await app.listen({ host: '127.0.0.1', port: 0 }) }
})

/** A connection whose answers are collected. It is closed when the server closes it. */
class Client {
  answer = ''
  isClosed = false
  readonly socket: Socket

  constructor(baseUrl: string) {
    const { hostname, port } = new URL(baseUrl)
    this.socket = connect(Number(port), hostname).setEncoding('utf8')
    this.socket.on('data', (text: string) => (this.answer += text)).on('error', () => {})
    this.socket.once('close', () => (this.isClosed = true))
  }

  /** Sends the beginning of a body that has `declared` bytes. */
  begin(path: string, declared: number, body: string): this {
    this.socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${declared}\r\n\r\n${body}`,
    )
    return this
  }

  problem() {
    const [head = '', body = ''] = this.answer.split('\r\n\r\n')
    const type = /content-type: (\S+)/i.exec(head)?.[1]
    return problemOf({ headers: { 'content-type': type }, body })
  }
}

const openBodyBytes = async ({ inject }: { inject: (request: { url: string }) => Promise<{ body: string }> }) =>
  Number(/^sluice_open_body_bytes (\d+)/m.exec((await inject({ url: '/metrics' })).body)?.[1])

describe('a body that arrives too slowly', () => {
  test('408, and its connection is closed, although bytes keep coming', async ({ start }) => {
    const { app, baseUrl } = await start({ bodyTimeoutMs: 300 })
    const client = new Client(baseUrl).begin('/v1/batches', 1000, '{"metadata":{"a":"')
    const trickle = setInterval(() => client.socket.write('x'), 20)

    await expect.poll(() => client.isClosed, { timeout: 20_000 }).toBe(true)

    clearInterval(trickle)
    expect(client.problem()).toMatchObject({ status: 408, code: 'SLUICE_BODY_TOO_SLOW' })
    await expect.poll(() => openBodyBytes(app)).toBe(0)
  })

  test('408 for an upload that makes no progress, with what was accepted', async ({ app, start }) => {
    const { id } = await createBatch(app)
    const { baseUrl } = await start({ stallMs: 300 })
    const upload = new RawUpload(baseUrl, `/v1/batches/${id}/tasks`)
    upload.send(`${taskLines(3).join('\n')}\n`)
    const trickle = setInterval(() => upload.send(' '), 20)

    await upload.closed

    clearInterval(trickle)
    expect(upload.answer).toContain(' 408 ')
    expect(upload.answer).toMatch(/"code":"SLUICE_BODY_TOO_SLOW".*"accepted":3,"skipped":0,"total":3/)
  })
})

describe('all bodies together', () => {
  test('take no more memory than they may: 503 for those beyond, until others are answered', async ({ start }) => {
    const body = `{"type":"test","tasks":[{"payload":"${'x'.repeat(50_000)}"}]}`
    const { app, baseUrl } = await start({ maxOpenBodyBytes: 5 * body.length })
    const allButOne = body.slice(0, -1)
    const clients = Array.from({ length: 8 }, () => new Client(baseUrl).begin('/v1/batches', body.length, allButOne))

    const refused = () => clients.filter(({ answer }) => answer !== '')
    await expect.poll(() => refused().length).toBe(3)
    for (const client of refused()) {
      expect(client.problem()).toMatchObject({ status: 503, code: 'SLUICE_OVERLOADED', reason: 'bytes' })
      expect(client.answer).toMatch(/retry-after: \d/i)
    }
    for (const client of clients) if (client.answer === '') client.socket.write('}')

    await expect.poll(() => clients.filter(({ answer }) => answer.includes(' 201 ')).length).toBe(5)
    await expect.poll(() => openBodyBytes(app)).toBe(0)
    const later = new Client(baseUrl).begin('/v1/batches', body.length, body)
    await expect.poll(() => later.answer).toContain(' 201 ')
    for (const { socket } of [...clients, later]) socket.destroy()
  })

  test('count before anything reads them, also where nothing ever will', async ({ app: other, start }) => {
    const { id } = await createBatch(other)
    const { app, baseUrl } = await start({})
    const client = new Client(baseUrl)

    client.socket.write(`GET /v1/batches/${id}/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n`)

    await expect.poll(() => client.answer).toContain('event: snapshot')
    expect(await openBodyBytes(app)).toBe(131_072)
    client.socket.destroy()
    await expect.poll(() => openBodyBytes(app)).toBe(0)
  })

  test('return what they took when their client leaves', async ({ start }) => {
    const { app, baseUrl } = await start({})
    const client = new Client(baseUrl).begin('/v1/batches', 900_000, `{"a":"${'x'.repeat(500_000)}`)
    await expect.poll(() => openBodyBytes(app)).toBeGreaterThan(500_000)

    client.socket.destroy()

    await expect.poll(() => openBodyBytes(app)).toBe(0)
  })
})

test('connections beyond the maximum are closed at once, and others work', async ({ start }) => {
  const { app, baseUrl } = await start({ maxConnections: 3 })
  const clients = [1, 2, 3].map(() => new Client(baseUrl))
  await Promise.all(clients.map(({ socket }) => once(socket, 'connect')))
  const extra = new Client(baseUrl)

  await expect.poll(() => extra.isClosed).toBe(true)
  expect(extra.answer).toBe('')
  expect((await app.inject({ url: '/metrics' })).body).toContain('sluice_connections_refused_total 1\n')

  clients[0]?.socket.destroy()
  const next = async () => {
    const client = new Client(baseUrl)
    client.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    await once(client.socket, 'close')
    return client.answer
  }
  await expect.poll(next).toContain('{"status":"ok"}')
  for (const { socket } of clients) socket.destroy()
})
