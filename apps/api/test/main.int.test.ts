import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ANONYMOUS_API, freePort, RedisLink, redisTest, startProcess, startRedis } from '@sluice/testing'
import { describe, expect, onTestFinished } from 'vitest'
import { RawUpload } from './support/raw-upload.ts'

const entry = new URL('../src/main.ts', import.meta.url)

async function startApi(env: Record<string, string>) {
  const port = await freePort()
  const api = await startProcess({
    entry,
    env: { SLUICE_PORT: String(port), ...ANONYMOUS_API, ...env },
    ready: `http://127.0.0.1:${port}/healthz`,
  })
  onTestFinished(() => api.kill().then(() => undefined))
  return { api, baseUrl: `http://127.0.0.1:${port}` }
}

async function createBatch(baseUrl: string): Promise<string> {
  const response = await fetch(`${baseUrl}/v1/batches`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"type":"test"}',
  })
  return ((await response.json()) as { id: string }).id
}

function entriesIn(output: string): Record<string, unknown>[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('the API process', () => {
  redisTest('names the setting of a port that is in use, and ends', async ({ redisUrl, prefix }) => {
    const env = { SLUICE_REDIS_URL: redisUrl, SLUICE_KEY_PREFIX: prefix }
    const { baseUrl } = await startApi(env)
    const { port } = new URL(baseUrl)

    const second = await startProcess({
      entry,
      env: { ...env, ...ANONYMOUS_API, SLUICE_PORT: port },
      ready: /could not start/,
    })
    onTestFinished(() => second.kill().then(() => undefined))

    expect(second.output).toContain(`Port ${port} of 127.0.0.1 is in use. Set SLUICE_PORT to another one.`)
  })

  redisTest('listens before Redis is up, and is ready once it is', async () => {
    const redis = await startRedis({ exclusive: true })
    onTestFinished(() => redis.stop())
    await redis.kill()
    const { api, baseUrl } = await startApi({ SLUICE_REDIS_URL: redis.url })
    const status = async () => (await fetch(`${baseUrl}/readyz`)).status
    expect(await status()).toBe(503)

    await redis.restart()

    await expect.poll(status, { timeout: 10_000 }).toBe(200)
    expect(api.output.match(/requests that need it get 503/g)).toHaveLength(1)
  })

  redisTest('is ready again soon after the network dropped its connection', async ({ prefix }) => {
    const redis = await startRedis({ exclusive: true })
    const link = await RedisLink.start(redis.url)
    onTestFinished(() => redis.stop())
    onTestFinished(() => link.close())
    const { baseUrl } = await startApi({ SLUICE_REDIS_URL: link.url, SLUICE_KEY_PREFIX: prefix })
    const status = async () => (await fetch(`${baseUrl}/readyz`)).status
    await expect.poll(status, { timeout: 10_000 }).toBe(200)

    link.forget()

    expect(await status()).toBe(503)
    await expect.poll(status, { timeout: 20_000 }).toBe(200)
  })

  redisTest('does not use database 0 when Redis lacks the one of its URL', async () => {
    const redis = await startRedis({ exclusive: true })
    onTestFinished(() => redis.stop())
    const env = { SLUICE_PORT: String(await freePort()), SLUICE_REDIS_URL: `${redis.url}/9999` }

    const api = await startProcess({ entry, env, ready: /does not have database 9999, which SLUICE_REDIS_URL names/ })

    expect(await api.exited).toMatchObject({ code: 1 })
  })

  redisTest('exits with 0 on SIGTERM although Redis is down', async ({ prefix }) => {
    const redis = await startRedis({ exclusive: true })
    const link = await RedisLink.start(redis.url)
    onTestFinished(() => redis.stop())
    onTestFinished(() => link.close())
    const { api, baseUrl } = await startApi({ SLUICE_REDIS_URL: link.url, SLUICE_KEY_PREFIX: prefix })
    await expect.poll(async () => (await fetch(`${baseUrl}/readyz`)).status, { timeout: 10_000 }).toBe(200)

    await createBatch(baseUrl)
    await redis.kill()
    // Each request waits for two seconds, and the client tries to reconnect meanwhile.
    for (const _ of [1, 2, 3]) expect((await fetch(`${baseUrl}/readyz`)).status).toBe(503)

    // Pending requests to Redis time out only after three seconds.
    expect(await api.stop('SIGTERM', 3000)).toEqual({ code: 0, signal: null })
  })

  redisTest('lets requests finish on SIGTERM, ends event streams and exits with 0', async ({ redisUrl, prefix }) => {
    const { api, baseUrl } = await startApi({ SLUICE_REDIS_URL: redisUrl, SLUICE_KEY_PREFIX: prefix })
    const id = await createBatch(baseUrl)
    const stream = await new Promise<IncomingMessage>((resolve) => {
      get(`${baseUrl}/v1/batches/${id}/events`, resolve)
    })
    const streamEnded = new Promise((resolve) => stream.resume().once('end', resolve))
    const upload = new RawUpload(baseUrl, `/v1/batches/${id}/tasks`)
    upload.send('{"payload":1}\n')
    await expect.poll(async () => (await fetch(`${baseUrl}/v1/batches/${id}`)).text()).toContain('"total":1')

    const stopped = api.stop('SIGTERM')
    await streamEnded
    upload.send('{"payload":2}\n')
    upload.end()

    await expect.poll(() => upload.answer).toContain('{"accepted":2,"skipped":0,"total":2}')
    expect(await stopped).toEqual({ code: 0, signal: null })
    await expect(fetch(`${baseUrl}/healthz`)).rejects.toThrow('fetch failed')
  })

  redisTest(
    'closes connections that are still busy after the grace period, and exits with 0',
    async ({ redisUrl, prefix }) => {
      const { api, baseUrl } = await startApi({
        SLUICE_REDIS_URL: redisUrl,
        SLUICE_KEY_PREFIX: prefix,
        SLUICE_SHUTDOWN_GRACE_MS: '300',
      })
      const upload = new RawUpload(baseUrl, `/v1/batches/${await createBatch(baseUrl)}/tasks`)
      upload.send('{"payload":1}\n')

      const exit = await api.stop('SIGINT', 5000)

      expect(exit).toEqual({ code: 0, signal: null })
      await upload.closed
    },
  )

  redisTest(
    'logs JSON with the id of the request and what is wrong with it, and without payloads',
    async ({ redisUrl, prefix }) => {
      const { api, baseUrl } = await startApi({ SLUICE_REDIS_URL: redisUrl, SLUICE_KEY_PREFIX: prefix })

      const response = await fetch(`${baseUrl}/v1/batches`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"tasks":[{"paylod":"secret words"}]}',
      })

      const requestId = response.headers.get('x-request-id') ?? 'none'
      await expect.poll(() => api.output.split('\n').filter((line) => line.includes(requestId)).length).toBe(2)
      expect(api.output).not.toContain('secret')
      expect(api.output).toContain(
        '"problems":["body/tasks/0/payload is missing","body/tasks/0/paylod is not a known property"]',
      )
      for (const line of api.output.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
    },
  )

  redisTest('logs and counts once how its clients change a batch', async ({ redisUrl, prefix }) => {
    const { api, baseUrl } = await startApi({ SLUICE_REDIS_URL: redisUrl, SLUICE_KEY_PREFIX: prefix })
    const batchId = await createBatch(baseUrl)
    const post = (path: string, body: string) =>
      fetch(`${baseUrl}/v1/batches/${batchId}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })

    await post('interrupt', '{"reason":"budget","message":"Enough for today."}')
    await post('interrupt', '{"reason":"again"}')
    await post('resume', '{}')
    await post('cancel', '{}')
    await post('cancel', '{}')
    await fetch(`${baseUrl}/v1/batches/${batchId}`, { method: 'DELETE' })

    const entries = () =>
      api.output
        .split('\n')
        .filter((line) => line.includes('"transition"'))
        .map((line) => JSON.parse(line) as object)
    const INFO = 30
    const batch = { level: INFO, batchId, queue: 'default', code: expect.any(String) as string }
    await expect.poll(() => entries().length).toBe(4)
    expect(entries()).toMatchObject([
      { ...batch, transition: 'interrupted', reason: 'budget', message: 'Enough for today.' },
      { ...batch, transition: 'resumed' },
      { ...batch, transition: 'cancelled' },
      { ...batch, transition: 'deleted', msg: 'the batch was deleted' },
    ])
    const metrics = await (await fetch(`${baseUrl}/metrics`)).text()
    expect(metrics).toContain('sluice_batch_transitions_total{transition="interrupted",reason="manual"} 1\n')
    for (const transition of ['resumed', 'cancelled', 'deleted'])
      expect(metrics).toContain(`sluice_batch_transitions_total{transition="${transition}"} 1\n`)
  })

  redisTest('shows and logs characters that a terminal acts on as JSON escapes them', async ({ redisUrl, prefix }) => {
    const { api, baseUrl } = await startApi({ SLUICE_REDIS_URL: redisUrl, SLUICE_KEY_PREFIX: prefix })

    const response = await fetch(`${baseUrl}/v1/batches/x%0D%0Aforged%1B%5B31m%E2%80%AE`)

    const { detail } = (await response.json()) as { detail: string }
    const shown = String.raw`No batch "x\u000d\u000aforged\u001b[31m\u202e" exists.`
    expect(detail).toBe(shown)
    await expect.poll(() => api.output).toContain(JSON.stringify(shown))
  })

  redisTest('logs why it cannot start, and exits with 1', async ({ redisUrl }) => {
    const { baseUrl } = await startApi({ SLUICE_REDIS_URL: redisUrl })

    const second = await startProcess({
      entry,
      env: { SLUICE_REDIS_URL: redisUrl, SLUICE_PORT: new URL(baseUrl).port },
      ready: /could not start/,
    })

    expect(await second.exited).toMatchObject({ code: 1 })
    expect(second.output).toContain('EADDRINUSE')
  })

  redisTest('warns if Redis may evict tasks', async ({ prefix }) => {
    const redis = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'], exclusive: true })
    onTestFinished(() => redis.stop())
    const { api, baseUrl } = await startApi({ SLUICE_REDIS_URL: redis.url, SLUICE_KEY_PREFIX: prefix })

    await createBatch(baseUrl)
    await expect.poll(() => api.output).toContain('allkeys-lru')
    await api.stop()

    const entries = entriesIn(api.output).filter(({ msg }) => /evict/i.test(String(msg)))
    expect(entries).toMatchObject([{ level: 40, msg: expect.stringContaining('maxmemory-policy noeviction') }])
  })

  redisTest(
    'logs an error that nothing caught, finishes its requests, and exits with 1',
    async ({ redisUrl, prefix }) => {
      const stray = `process.on('SIGUSR2',()=>{console.error('printed');process.emitWarning('careful');Promise.reject(new Error('stray'))})`
      const { api, baseUrl } = await startApi({
        SLUICE_REDIS_URL: redisUrl,
        SLUICE_KEY_PREFIX: prefix,
        NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(stray)}`,
      })
      const upload = new RawUpload(baseUrl, '/v1/batches?type=test')
      upload.send('{"payload":1}\n')
      await expect.poll(async () => (await fetch(`${baseUrl}/metrics`)).text()).toContain('sluice_open_body_bytes 1')

      process.kill(api.pid ?? 0, 'SIGUSR2')
      await expect.poll(() => api.output).toContain('stopping')
      upload.end()

      await expect.poll(() => upload.answer).toMatch(/^HTTP\/1\.1 201 /)
      expect(await api.exited).toEqual({ code: 1, signal: null })
      expect(entriesIn(api.output)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ level: 50, source: 'console', msg: 'printed' }),
          expect.objectContaining({ level: 40, source: 'node', msg: 'Warning: careful' }),
          expect.objectContaining({
            level: 60,
            origin: 'unhandledRejection',
            err: expect.objectContaining({ message: 'stray' }),
          }),
        ]),
      )
    },
  )
})

describe('the command line', () => {
  function run(args: string[], env: Record<string, string> = {}) {
    return startProcess({ entry, args, env, ready: /\n/ })
  }

  redisTest('--help lists the settings', async () => {
    await using help = await run(['--help'])

    expect(await help.exited).toMatchObject({ code: 0 })
    expect(help.output).toContain('SLUICE_MAX_TASK_BYTES (default: 262144)')
  })

  redisTest('--check-settings reports whether the settings are valid', async () => {
    await using good = await run(['--check-settings'])
    await using bad = await run(['--check-settings'], { SLUICE_PORT: 'x', SLUICE_HOST: '0.0.0.0' })

    expect(await good.exited).toMatchObject({ code: 0 })
    expect(await bad.exited).toMatchObject({ code: 2 })
    expect(bad.output).toContain('SLUICE_PORT')
  })
})

describe('API keys of the process', () => {
  /** Creates an API key as an operator does, and returns what the command prints. */
  async function createKey(env: Record<string, string>, role = 'admin') {
    await using command = await startProcess({
      entry,
      args: ['--create-key', role],
      env,
      ready: /slk1_\w+\n|No API key/,
    })
    const exit = await command.exited
    return { exit, output: command.output, key: /slk1_\w+/.exec(command.output)?.[0] ?? '' }
  }

  redisTest('--create-key prints a key of the role, which works from then on', async ({ redisUrl, prefix }) => {
    const env = { SLUICE_REDIS_URL: redisUrl, SLUICE_KEY_PREFIX: prefix }
    const { api, baseUrl } = await startApi({ ...env, SLUICE_ALLOW_ANONYMOUS: 'false' })
    const statusOf = async (headers: Record<string, string>) =>
      (await fetch(`${baseUrl}/v1/session`, { headers })).status
    expect(await statusOf({})).toBe(401)
    await expect.poll(() => api.output).toContain('no API key exists')

    const { exit, key } = await createKey(env, 'viewer')

    expect(exit).toMatchObject({ code: 0 })
    const session = await fetch(`${baseUrl}/v1/session`, { headers: { 'x-api-key': key } })
    expect(await session.json()).toMatchObject({ kind: 'key', role: 'viewer' })
  })

  redisTest('--create-key says why no key was created', async ({ redisUrl }) => {
    const unreachable = await createKey({ SLUICE_REDIS_URL: `redis://127.0.0.1:${await freePort()}` })
    await using wrong = await startProcess({
      entry,
      args: ['--create-key', 'root'],
      env: { SLUICE_REDIS_URL: redisUrl },
      ready: /\n/,
    })

    expect(unreachable.exit).toMatchObject({ code: 1 })
    expect(unreachable.output).toMatch(/No API key was created: Redis cannot be reached: .*ECONNREFUSED/)
    expect(await wrong.exited).toMatchObject({ code: 2 })
    expect(wrong.output).toContain('--create-key must be one of viewer, submitter, operator, admin, got "root"')
  })

  redisTest(
    'a key is refused by another process as soon as it was deleted, and its event streams end',
    async ({ redisUrl, prefix }) => {
      const env = { SLUICE_REDIS_URL: redisUrl, SLUICE_KEY_PREFIX: prefix, SLUICE_ALLOW_ANONYMOUS: 'false' }
      const [one, other] = await Promise.all([startApi(env), startApi(env)])
      const [{ key: admin }, { key: viewer }] = await Promise.all([createKey(env), createKey(env, 'viewer')])
      const headers = { 'x-api-key': viewer }
      const created = await fetch(`${other.baseUrl}/v1/batches`, {
        method: 'POST',
        headers: { 'x-api-key': admin, 'content-type': 'application/json' },
        body: '{}',
      })
      const { id } = (await created.json()) as { id: string }
      const stream = await fetch(`${other.baseUrl}/v1/batches/${id}/events`, { headers })
      const ended = stream.text()
      expect(stream.status).toBe(200)

      await fetch(`${one.baseUrl}/v1/keys/${viewer.slice(5, 17)}`, {
        method: 'DELETE',
        headers: { 'x-api-key': admin },
      })

      // Long before the other process would read the key again.
      const statusOf = async () => (await fetch(`${other.baseUrl}/v1/session`, { headers })).status
      await expect.poll(statusOf, { timeout: 2000, interval: 20 }).toBe(401)
      expect(await ended).toContain('event: snapshot')
      for (const { api } of [one, other]) {
        expect(api.output).not.toContain(viewer.slice(17))
        expect(api.output).not.toContain(admin.slice(17))
      }
      await expect.poll(() => other.api.output).toContain(`"keyId":"${viewer.slice(5, 17)}"`)
    },
  )

  redisTest('the first key comes from its file, also if Redis is up later than the process', async ({ prefix }) => {
    const redis = await startRedis({ exclusive: true })
    const folder = await mkdtemp(join(tmpdir(), 'sluice-key-'))
    onTestFinished(() => redis.stop())
    onTestFinished(() => rm(folder, { recursive: true }))
    await redis.kill()
    const env = { SLUICE_REDIS_URL: redis.url, SLUICE_KEY_PREFIX: prefix, SLUICE_ALLOW_ANONYMOUS: 'false' }
    const { api, baseUrl } = await startApi({ ...env, SLUICE_BOOTSTRAP_KEY_FILE: join(folder, 'admin') })
    const key = (await readFile(join(folder, 'admin'), 'utf8')).trim()

    await redis.restart()

    const statusOf = async () => (await fetch(`${baseUrl}/v1/session`, { headers: { 'x-api-key': key } })).status
    await expect.poll(statusOf, { timeout: 10_000 }).toBe(200)
    expect(api.output).not.toContain(key.slice(17))
  })
})
