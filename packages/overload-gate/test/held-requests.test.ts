import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { BusyApp } from './support/busy-app.ts'
import { FRAMEWORKS } from './support/frameworks.ts'
import { requestText } from './support/raw-client.ts'

describe.each(FRAMEWORKS)('$name', (framework) => {
  describe('a request that arrives in a long tick', () => {
    test('is held, and answered as usual once it is released', async () => {
      await using busy = await BusyApp.open(framework)

      const client = await busy.send(requestText('GET', '/normal/1'))
      await busy.until({ state: 'buffering', depth: { normal: 1 } })
      expect(busy.handled).toEqual([])
      busy.loop.tick()

      expect(await client.statuses(1)).toEqual([200])
      await busy.until({ admitted: 2, buffered: 1, active: 0 })
    })

    test('is held in its class', async () => {
      await using busy = await BusyApp.open(framework)

      for (const path of ['/critical', '/normal/1', '/sheddable', '/unknown']) await busy.send(requestText('GET', path))

      await expect.poll(() => busy.stats()).toMatchObject({ depth: { critical: 1, normal: 1, sheddable: 2 } })
    })

    test('is not held on a route that bypasses the gate', async () => {
      await using busy = await BusyApp.open(framework)

      const client = await busy.send(requestText('GET', '/health'))

      expect(await client.statuses(1)).toEqual([200])
      expect(busy.stats()).toMatchObject({ admitted: 1, buffered: 0 })
    })

    test('keeps the async context of its request', async () => {
      const context = new AsyncLocalStorage<string>()
      await using busy = await BusyApp.open(framework, {
        before: ({ url = '' }, _response, next) => context.run(url, next),
        context: () => context.getStore(),
      })

      const client = await busy.send(requestText('GET', '/normal/other') + requestText('GET', '/context'))
      await busy.until({ depth: { normal: 2 } })
      busy.loop.tick()

      await client.statuses(2)
      expect(client.received).toContain('{"seen":"/context"}')
    })

    test('is not handled any more once another part of the app has answered it', async () => {
      const arrived: ServerResponse[] = []
      await using busy = await BusyApp.open(framework, {
        before: (_request, response, next) => {
          arrived.push(response)
          next()
        },
      })
      const client = await busy.send(requestText('GET', '/normal/1'))
      await busy.until({ depth: { normal: 1 } })

      arrived.at(-1)?.end('answered')
      busy.loop.tick()

      expect(await client.statuses(1)).toEqual([200])
      expect(busy.handled).toEqual([])
      await busy.until({ gone: 1, active: 0 })
    })
  })

  describe('bodies of held requests', () => {
    test('may have an unknown length while there is room, and arrive complete', async () => {
      await using busy = await BusyApp.open(framework)
      const head = requestText('POST', '/normal/upload', {
        'transfer-encoding': 'chunked',
        'content-type': 'application/x-ndjson',
      })

      const client = await busy.send(`${head}5\r\n{"a":\r\n`)
      await busy.until({ depth: { normal: 1 }, heldBodyBytes: 131_072 })
      client.write('2\r\n1}\r\n0\r\n\r\n')
      busy.loop.tick()

      expect(await client.statuses(1)).toEqual([200])
      expect(client.received).toContain(String.raw`"body":"{\"a\":1}"`)
      expect(busy.stats().heldBodyBytes).toBe(0)
    })

    test('count as much as Node buffers of them; a request whose body finds no room is refused', async () => {
      await using busy = await BusyApp.open(framework, { gate: { maxHeldBodyBytes: 300_000 } })
      const big = requestText('POST', '/normal/big', { 'content-length': 50_000_000, 'content-type': 'text/plain' })
      const small = requestText('POST', '/normal/small', { 'content-length': 30_000, 'content-type': 'text/plain' })

      for (const request of [big, big, small]) await busy.send(request)
      await busy.until({ heldBodyBytes: 2 * 131_072 + 30_000 })
      const refused = await busy.send(small)

      expect(await refused.statuses(1)).toEqual([503])
      expect(busy.stats().shed.bytes).toBe(1)
    })
  })

  describe('a client that disconnects while its request is held', () => {
    test('frees its place at once, and its request is never handled', async () => {
      await using busy = await BusyApp.open(framework)
      const leaving = await busy.send(requestText('GET', '/normal/leaving'))
      await busy.until({ depth: { normal: 1 } })
      const staying = await busy.send(requestText('GET', '/normal/staying'))
      await busy.until({ depth: { normal: 2 } })

      leaving.destroy()
      await busy.until({ gone: 1, depth: { normal: 1 } })
      busy.loop.tick()

      expect(await staying.statuses(1)).toEqual([200])
      expect(busy.handled).toEqual(['/normal/staying'])
    })

    test('frees the places of all its pipelined requests', async () => {
      await using busy = await BusyApp.open(framework)
      const client = await busy.send([1, 2, 3].map((n) => requestText('GET', `/normal/${n}`)).join(''))
      await busy.until({ depth: { normal: 3 } })

      client.destroy()

      await expect.poll(() => busy.stats()).toMatchObject({ gone: 3, depth: { normal: 0 }, active: 0 })
    })

    test('may do so by half-closing its connection', async () => {
      await using busy = await BusyApp.open(framework)
      const client = await busy.send(requestText('GET', '/normal/1'))
      await busy.until({ depth: { normal: 1 } })

      client.halfClose()

      await expect.poll(() => busy.stats()).toMatchObject({ gone: 1, depth: { normal: 0 } })
    })

    test('is noticed at the deadline at the latest, when an unread body hides that it has disconnected', async () => {
      await using busy = await BusyApp.open(framework)
      const head = requestText('POST', '/normal/1', { 'content-length': 10_000_000, 'content-type': 'text/plain' })
      const client = await busy.send(head + 'x'.repeat(1_000_000))
      await busy.until({ depth: { normal: 1 } })

      client.destroy()
      // Long enough for the kernel to know. Node does not, as it has paused the connection.
      await sleep(100)
      busy.loop.tick(1001)

      expect(busy.handled).toEqual([])
      await busy.until({ depth: { normal: 0 }, heldBodyBytes: 0, active: 0 })
    })

    test('frees its place after a body that trickles in', async () => {
      await using busy = await BusyApp.open(framework)
      const client = await busy.send(
        requestText('POST', '/normal/1', { 'content-length': 100, 'content-type': 'text/plain' }),
      )
      await busy.until({ depth: { normal: 1 } })
      for (let byte = 0; byte < 5; byte += 1) client.write('x')

      client.destroy()

      await expect.poll(() => busy.stats()).toMatchObject({ gone: 1, depth: { normal: 0 }, heldBodyBytes: 0 })
    })
  })

  test('headers that never end take no place', async () => {
    await using busy = await BusyApp.open(framework)

    await busy.send('GET /normal/1 HTTP/1.1\r\nhost: test\r\nx-slow: ')
    const client = await busy.send(requestText('GET', '/health'))
    await client.statuses(1)

    expect(busy.stats()).toMatchObject({ depth: { normal: 0 }, active: 0 })
  })

  test('pipelined requests are answered in their order', async () => {
    await using busy = await BusyApp.open(framework)
    const client = await busy.send([1, 2, 3].map((n) => requestText('GET', `/normal/${n}`)).join(''))
    await busy.until({ depth: { normal: 3 } })

    busy.loop.tick()

    expect(await client.statuses(3)).toEqual([200, 200, 200])
    expect([...client.received.matchAll(/"path":"([^"]+)"/g)].map(([, path]) => path)).toEqual([
      '/normal/1',
      '/normal/2',
      '/normal/3',
    ])
  })
})
