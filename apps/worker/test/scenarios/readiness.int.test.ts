import { freePort, startRedis } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { fleetTest, submit, startsOf, until } from '../support/fleet-test.ts'

async function statusOf(port: number, path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).status
}

describe.concurrent('a worker process', { timeout: 90_000 }, () => {
  fleetTest('is ready while it reaches Redis, and always alive', async ({ startWorker, onTestFinished }) => {
    const server = await startRedis({ exclusive: true })
    onTestFinished(() => server.stop())
    await server.kill()
    const port = await freePort()
    const env = { SLUICE_REDIS_URL: server.url, SLUICE_METRICS_PORT: String(port) }
    await startWorker(env, /Redis cannot be reached/)
    const statuses = () => Promise.all([statusOf(port, '/readyz'), statusOf(port, '/healthz')])

    expect(await statuses()).toEqual([503, 200])
    for (const _ of [1, 2]) {
      await server.restart()
      await until(async () => (await statusOf(port, '/readyz')) === 200)
      await server.kill()
      await until(async () => (await statusOf(port, '/readyz')) === 503)
      expect(await statuses()).toEqual([503, 200])
    }
  })

  fleetTest('is no longer ready once it is stopping', async ({ engine, startWorker, prefix }) => {
    const port = await freePort()
    const worker = await startWorker({ SLUICE_METRICS_PORT: String(port) })
    await submit(engine, { type: 'hang', payloads: [1] })
    await until(async () => (await startsOf(engine, prefix)).length === 1)
    expect(await statusOf(port, '/readyz')).toBe(200)

    process.kill(worker.pid ?? 0, 'SIGTERM')

    await until(async () => (await statusOf(port, '/readyz')) === 503)
    expect(await statusOf(port, '/healthz')).toBe(200)
  })
})
