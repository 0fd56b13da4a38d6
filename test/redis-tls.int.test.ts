import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ANONYMOUS_API,
  findRedisProgram,
  freePort,
  startProcess,
  startRedisProcess,
  testCertificate,
  until,
} from '@sluice/testing'
import { expect, test, type TestContext } from 'vitest'
import { Upstream } from './chaos/upstream.ts'

type OnTestFinished = TestContext['onTestFinished']

const entryOf = (app: string) => new URL(`../apps/${app}/src/main.ts`, import.meta.url)

const TASKS = 40

/** What the test reads of a batch. */
interface Batch {
  state: string
  counts: { completed: number }
}

const redisProgram = await findRedisProgram()

/** A Redis that takes connections over TLS, with a certificate that no public authority has signed. */
async function startTlsRedis(program: string, onTestFinished: OnTestFinished) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  await writeFile(cert, testCertificate.cert)
  await writeFile(key, testCertificate.key)
  const port = await freePort()
  const args = ['--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no']
  const redis = await startRedisProcess(program, args)
  onTestFinished(async () => {
    await redis.stop()
    await rm(folder, { recursive: true })
  })
  return { url: `rediss://127.0.0.1:${port}`, cert }
}

async function start(app: 'api' | 'worker', env: Record<string, string>, onTestFinished: OnTestFinished) {
  const port = String(await freePort())
  const own =
    app === 'api'
      ? { ...ANONYMOUS_API, SLUICE_PORT: port }
      : { SLUICE_METRICS_PORT: port, SLUICE_HTTP_ALLOW_HOSTS: '*' }
  const baseUrl = `http://127.0.0.1:${port}`
  const running = await startProcess({ entry: entryOf(app), env: { ...own, ...env }, ready: `${baseUrl}/healthz` })
  onTestFinished(async () => void (await running.kill()))
  return { baseUrl, running }
}

test.skipIf(redisProgram === undefined)(
  'a batch runs over TLS to a Redis whose certificate a private authority has signed',
  async ({ onTestFinished }) => {
    const { url, cert } = await startTlsRedis(redisProgram ?? '', onTestFinished)
    const upstream = await Upstream.start()
    onTestFinished(() => upstream.close())
    upstream.behave('tls', () => ({ status: 200, delayMs: 5 }))
    const env = { SLUICE_REDIS_URL: url, NODE_EXTRA_CA_CERTS: cert }
    const { baseUrl } = await start('api', env, onTestFinished)
    await start('worker', env, onTestFinished)

    const tasks = Array.from({ length: TASKS }, (_, seq) => ({
      payload: { url: `http://${upstream.host}/tls/${seq}` },
    }))
    const created = await fetch(`${baseUrl}/v1/batches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tasks }),
    })
    const { id } = (await created.json()) as { id: string }

    const read = async () => (await fetch(`${baseUrl}/v1/batches/${id}`)).json() as Promise<Batch>
    await until(async () => (await read()).state === 'completed', 30_000)

    expect((await read()).counts.completed).toBe(TASKS)
  },
)

test.skipIf(redisProgram === undefined)(
  'a process does not connect to a Redis whose certificate it cannot verify, and says so',
  async ({ onTestFinished }) => {
    const { url } = await startTlsRedis(redisProgram ?? '', onTestFinished)

    const { baseUrl, running } = await start('api', { SLUICE_REDIS_URL: url }, onTestFinished)
    await until(() => /self-signed certificate/.test(running.output), 20_000)

    expect((await fetch(`${baseUrl}/readyz`)).status).toBe(503)
    expect(running.output).not.toContain('connected to Redis')
  },
)
