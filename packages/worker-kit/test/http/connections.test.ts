import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { buildContext, createHandler, serve, serveHttp2, serveTls } from '../support/http-fixtures.ts'

/** A listener that answers once `count` requests wait for it, all of them at once. */
function answerTogether(count: number, headers = {}): (request: unknown, response: ServerResponse) => void {
  let waiting: ServerResponse[] = []
  return (_, response) => {
    waiting.push(response)
    if (waiting.length < count) return
    for (const each of waiting) each.writeHead(200, headers).end()
    waiting = []
  }
}

describe('the connections of the http handler', () => {
  test('are as many as calls run at once, round after round', async () => {
    // An answer waits for 40 calls, so none of them may wait for a connection.
    const server = await serve(answerTogether(40))
    const handle = createHandler()
    const loop = async () => {
      for (let round = 0; round < 10; round += 1) await handle({ url: server.url }, buildContext())
    }

    await Promise.all(Array.from({ length: 40 }, loop))

    expect(server.connectionCount()).toBe(40)
  })

  test('stay open while they are idle, up to a maximum over all upstreams', async () => {
    const servers = await Promise.all([20, 10].map((count) => serve(answerTogether(count))))
    const handle = createHandler({ maxIdleConnections: 12 })
    const callTogether = async (index: number, count: number) => {
      const url = servers[index]?.url
      await Promise.all(Array.from({ length: count }, () => handle({ url }, buildContext())))
    }
    const openCount = () => servers.reduce((sum, { openSockets }) => sum + openSockets.size, 0)

    await callTogether(0, 20)
    await expect.poll(openCount).toBe(12)
    await callTogether(1, 10)

    await expect.poll(openCount).toBe(12)
    expect(servers[0]?.openSockets.size).toBe(12)
  })

  test('over HTTP/1.1 with TLS have the same maximum when HTTP/2 is tried', async () => {
    const servers = await Promise.all(Array.from({ length: 8 }, () => serveTls((_, response) => response.end())))
    const handle = createHandler({ http2: true, maxIdleConnections: 3 })

    for (const { url } of servers) await handle({ url }, buildContext())

    const openCount = () => servers.reduce((sum, { openSockets }) => sum + openSockets.size, 0)
    await expect.poll(openCount).toBe(3)
  })

  test('that broke while they were idle are replaced', async () => {
    const server = await serve((_, response) => response.end())
    const handle = createHandler()
    await handle({ url: server.url }, buildContext())
    for (const socket of server.openSockets) socket.destroy()
    await expect.poll(() => server.openSockets.size).toBe(0)

    await handle({ url: server.url }, buildContext())

    expect(server.connectionCount()).toBe(2)
  })

  test('that the upstream closes after each response are replaced', async () => {
    const server = await serve((_, response) => response.setHeader('connection', 'close').end())
    const handle = createHandler()

    for (let n = 0; n < 5; n += 1) await handle({ url: server.url }, buildContext())

    expect(server.connectionCount()).toBe(5)
    await expect.poll(() => server.openSockets.size).toBe(0)
  })
})

describe('an idle connection', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  const longKeepAlive = { 'keep-alive': 'timeout=600' }

  test.for([
    ['HTTP/1.1', () => serve((_, response) => response.writeHead(200, longKeepAlive).end()), false],
    [
      'HTTP/1.1 when HTTP/2 is tried',
      () => serveTls((_, response) => response.writeHead(200, longKeepAlive).end()),
      true,
    ],
    ['HTTP/2', () => serveHttp2((_, response) => void response.end()), true],
  ] as const)('over %s is closed after 30 s, whatever its upstream allows', async ([, start, http2]) => {
    const server = await start()
    const handle = createHandler({ http2 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await handle({ url: server.url }, buildContext())
    // The connection gets its timer in the next tick.
    await new Promise(setImmediate)

    await vi.advanceTimersByTimeAsync(30_000)
    vi.useRealTimers()

    await expect.poll(() => server.openSockets.size).toBe(0)
  })
})
