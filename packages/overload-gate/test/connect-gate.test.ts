import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express5 from 'express'
import { describe, expect, test } from 'vitest'
import { connectGateOn } from '../src/connect/connect-gate.ts'
import { type ConnectGate, connectGate, type GateClass, GateOptionsError } from '../src/connect/index.ts'
import { RawClient, requestText } from './support/raw-client.ts'
import { StandingLoop } from './support/standing-loop.ts'

test('options that cannot be used are refused with all problems', () => {
  expect(() => connectGate({ capacity: 3, classOf: 'normal' as never })).toThrow(
    new GateOptionsError(['classOf: must be a function', 'capacity: must be a power of two, got 3']),
  )
})

test('a class that does not exist reaches the error handler of the app', async () => {
  const app = express5()
  app.use(connectGate({ classOf: () => 'urgent' as GateClass }))
  const errors: unknown[] = []
  app.use((error: unknown, _request: unknown, response: express5.Response, _next: unknown) => {
    errors.push(error)
    response.sendStatus(500)
  })
  await using server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const { port } = server.address() as AddressInfo
  expect((await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).status).toBe(500)
  expect(errors).toEqual([
    new GateOptionsError(['classOf: must return one of bypass, critical, normal, sheddable, got urgent']),
  ])
})

test('new connections of a guarded server go before held requests', async () => {
  const loop = new StandingLoop()
  const gate = connectGateOn(loop)
  await using server = createServer((request, response) => gate(request, response, () => response.end('ok')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  gate.guard(server)
  const { port } = server.address() as AddressInfo
  const clients = []

  // A connection in each of three ticks in a row means that more of them queue in the kernel.
  for (let tick = 0; tick < 3; tick += 1) {
    clients.push(await RawClient.connect(port))
    await expect.poll(() => loop.isTickScheduled).toBe(true)
    await expect.poll(async () => await connectionCount(server)).toBe(clients.length)
    loop.tick()
  }
  clients[0]?.write(requestText('GET', '/'))
  await expect.poll(() => gate.stats()).toMatchObject({ depth: { normal: 1 }, admitted: 0 })
  loop.tick()
  loop.tick()

  expect(await clients[0]?.statuses(1)).toEqual([200])
  for (const client of clients) client.destroy()
})

function connectionCount(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })
}

describe('an error of onOutcome', () => {
  const onOutcome = () => {
    throw new Error('a bug')
  }

  test('reaches onError', async () => {
    const errors: unknown[] = []

    await serveOne(connectGate({ onOutcome, onError: (error) => errors.push(error) }))

    expect(errors).toEqual([new Error('a bug')])
  })

  test('is a warning of the process if the app gives no onError', async () => {
    const warned = once(process, 'warning')

    await serveOne(connectGate({ onOutcome }))

    expect(await warned).toEqual([new Error('a bug')])
  })
})

async function serveOne(gate: ConnectGate): Promise<void> {
  await using server = createServer((request, response) => gate(request, response, () => response.end('ok')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = await RawClient.connect((server.address() as AddressInfo).port)
  client.write(requestText('GET', '/'))
  expect(await client.statuses(1)).toEqual([200])
  client.destroy()
}
