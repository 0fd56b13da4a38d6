import { afterEach, expect, test } from 'vitest'
import {
  createErrorSimulation,
  createMockService,
  getServerState,
  startMockServer,
  stopMockServer,
} from '../src/index.ts'
import { ask, askInTurn, EASY, HELD, hold } from './support/start-server.ts'

afterEach(stopMockServer)

test('port 0 picks a free port and returns it', async () => {
  const server = await startMockServer({ port: 0 })

  expect(server.port).toBeGreaterThan(0)
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
  expect((await ask(server, '/stats')).status).toBe(200)
})

test('multi mode is the default and has no default service, even when one is given', async () => {
  const server = await startMockServer({ port: 0, defaultService: EASY })

  expect(getServerState()).toMatchObject({ mode: 'multi', hasDefaultService: false })
  expect(await ask(server, '/')).toMatchObject({ status: 400, body: { error: 'invalid_params' } })
})

test('the state exists before the server listens', async () => {
  const starting = startMockServer({ port: 0, mode: 'single', defaultService: EASY })

  expect(getServerState()).toMatchObject({ mode: 'single', hasDefaultService: true })
  await starting
})

test('the state holds the services of multi mode by name', async () => {
  const server = await startMockServer({ port: 0 })
  await createMockService('api', EASY, server.url)

  expect([...getServerState().services.keys()]).toEqual(['api'])
  expect(getServerState().services.get('api')?.settings).toEqual(EASY)
})

test('single mode requires a default service', async () => {
  await expect(startMockServer({ port: 0, mode: 'single' })).rejects.toThrow(
    'defaultService is required in single mode',
  )
  expect(getServerState()).toMatchObject({ mode: 'multi', hasDefaultService: false })
})

test('an invalid default service is refused with its problems', async () => {
  const defaultService = { ...EASY, maxConcurrency: 0, delayMs: [2, 1] as [number, number] }

  await expect(startMockServer({ port: 0, mode: 'single', defaultService })).rejects.toThrow(
    /defaultService cannot be used: \/maxConcurrency .*; \/delayMs the first must not be above the second/,
  )
})

test('a port in use is refused, and its server keeps running', async () => {
  const server = await startMockServer({ port: 0 })

  await expect(startMockServer({ port: server.port })).rejects.toThrow('EADDRINUSE')

  expect((await ask(server, '/stats')).status).toBe(200)
})

test('several servers run side by side, and the state is that of the last one', async () => {
  const first = await startMockServer({ port: 0 })
  const second = await startMockServer({ port: 0, mode: 'single', defaultService: EASY })
  expect(getServerState().mode).toBe('single')

  await second.stop()

  expect(getServerState().mode).toBe('multi')
  expect((await ask(first, '/stats')).status).toBe(200)
})

test('stopMockServer stops all servers, aborts requests in progress, and is idempotent', async () => {
  const server = await startMockServer({ port: 0 })
  await createMockService('api', { ...EASY, ...HELD }, server.url)
  await hold(server, 'api')

  await Promise.all([stopMockServer(), stopMockServer(), server.stop()])
  await stopMockServer()

  await server.stopped
  await expect(fetch(server.url)).rejects.toThrow('fetch failed')
  expect(getServerState()).toEqual({ services: new Map(), mode: 'multi', hasDefaultService: false })
})

test('POST /shutdown: 200 with "shutting_down", then the server stops', async () => {
  const server = await startMockServer({ port: 0 })

  const answer = await ask(server, '/shutdown', { method: 'POST', body: 'anything' })

  expect(answer).toMatchObject({ status: 200, body: { status: 'shutting_down' } })
  await server.stopped
  await expect(fetch(server.url)).rejects.toThrow('fetch failed')
})

test('POST /shutdown: 200 in single mode too', async () => {
  const server = await startMockServer({ port: 0, mode: 'single', defaultService: EASY })

  expect((await ask(server, '/shutdown', { method: 'POST' })).status).toBe(200)
  await server.stopped
})

test('createMockService returns the response, even if it is an error', async () => {
  const server = await startMockServer({ port: 0 })

  const refused = await createMockService('api', { ...EASY, maxConcurrency: 0 }, server.url)

  expect(refused).toBeInstanceOf(Response)
  expect(refused.status).toBe(400)
  expect(await refused.json()).toEqual({ error: 'invalid_params' })
})

test('createMockService calls http://localhost:19999 by default', async ({ skip }) => {
  const server = await startMockServer().catch(() => undefined)
  // Another mock upstream may run there.
  if (server === undefined) return skip('port 19999 is taken')

  expect((await createMockService('api', EASY)).status).toBe(201)
  expect([...getServerState().services.keys()]).toEqual(['api'])
})

test('createMockService accepts the settings of createErrorSimulation', async () => {
  const server = await startMockServer({ port: 0 })

  const created = await createMockService(
    'api',
    { ...EASY, errorSimulation: createErrorSimulation(1, 502) },
    server.url,
  )

  expect(await created.json()).toEqual({ service: 'api', status: 'created' })
  expect(await askInTurn(server, '/mock/api', 1)).toEqual([502])
})
