import { readFileSync } from 'node:fs'
import { openConnection, startRedis, until } from '@sluice/testing'
import { describe, expect, test, type TestContext } from 'vitest'
import { Actor } from './chaos/actor.ts'
import { Upstream } from './chaos/upstream.ts'

const page = readFileSync(new URL('../docs/deployment.md', import.meta.url), 'utf8')

/** The rules of the users that docs/deployment.md recommends, by their names. */
const users = new Map(
  [...page.matchAll(/^user (\S+) on >\S+ ([^`]*?)(?=^user |^```)/gms)].map(([, name = '', rules = '']) => [
    name,
    rules.trim().split(/\s+/),
  ]),
)

/** Arguments of a Redis that has these users, each with its name as its password. */
const args = [...users].flatMap(([name, rules]) => ['--user', name, 'on', `>${name}`, ...rules])

/** What a process that was taken over must not be able to do. */
const FORBIDDEN = [
  'FUNCTION FLUSH',
  'FUNCTION LOAD x',
  'SCRIPT FLUSH',
  'FLUSHALL',
  'FLUSHDB',
  'RANDOMKEY',
  'CONFIG SET save x',
  'ACL LIST',
  'CLIENT LIST',
  'SHUTDOWN',
  'DEBUG SLEEP 1',
  'MONITOR',
  'REPLICAOF host 1',
  'GET other',
  'PUBLISH other x',
]

/** What the API may do, and code that runs in a worker must not be able to do. */
const OF_API_ALONE = [
  'HGETALL sluice:{api-keys}:records',
  'HSET sluice:{api-keys}:records id key',
  'HGETALL sluice:{sessions}:records',
  'GET sluice:idempotency:x',
  'XADD sluice:{audit}:control * entry x',
]

const TASKS = 60

/** What the test reads of an answer. */
interface Answer {
  id?: string
  state?: string
  key?: string
  sessions?: { id: string }[]
}

/** An installation whose processes use the recommended users. */
async function open(onTestFinished: TestContext['onTestFinished']) {
  const redis = await startRedis({ args })
  const upstream = await Upstream.start()
  const urlOf = (user: string) => redis.url.replace('redis://', `redis://${user}:${user}@`)
  const [api, worker] = [
    await Actor.create('api', 0, urlOf('sluice-api'), upstream.host),
    await Actor.create('worker', 0, urlOf('sluice-worker'), upstream.host),
  ]
  const admin = openConnection(redis.url)
  onTestFinished(async () => {
    admin.disconnect()
    await Promise.all([api.discard(), worker.discard()])
    upstream.close()
    await redis.stop()
  })
  await Promise.all([api.start(), worker.start()])
  return { admin, upstream, api }
}

describe('the users of Redis that docs/deployment.md recommends', () => {
  test('may do all that the API and workers do', async ({ onTestFinished }) => {
    const { admin, upstream, api } = await open(onTestFinished)
    async function call(method: string, path: string, body?: object): Promise<Answer> {
      const sent = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      const response = await fetch(`${api.baseUrl}/v1${path}`, { method, ...sent })
      const text = await response.text()
      expect(response.ok, `${method} ${path}: ${text}`).toBe(true)
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
      return !isJson ? {} : (JSON.parse(text) as Answer)
    }
    const isIn = (path: string, state: string) => until(async () => (await call('GET', path)).state === state, 30_000)
    const url = `http://${upstream.host}/acl`
    upstream.behave('acl', (seq, nth) => ({ status: seq % 5 === 0 && nth === 1 ? 500 : 200, delayMs: 5 }))

    await call('PUT', '/limits/account', { rules: [{ unit: 'requests', max: 100, perMs: 1000 }] })
    await call('PUT', '/queues/limited', { concurrency: 4, limit: 'account' })
    const tasks = Array.from({ length: TASKS }, (_, seq) => ({ payload: { url: `${url}/${seq}` } }))
    const { id } = await call('POST', '/batches', {
      queue: 'limited',
      tasks,
      retry: { minDelayMs: 10, maxDelayMs: 50 },
    })
    await call('POST', `/batches/${id}/interrupt`)
    await call('POST', `/batches/${id}/resume`)
    await isIn(`/batches/${id}`, 'completed')
    const cancelled = await call('POST', '/batches', { tasks, interruptionCriteria: { maxBatchRuntimeMs: 60_000 } })
    await call('POST', `/batches/${cancelled.id}/cancel`)
    const detection = await call('POST', '/detections', { url: `${url}/0`, budgets: { requests: 20, seconds: 10 } })
    await isIn(`/detections/${detection.id}`, 'completed')
    await call('PUT', '/tenants/zebra', { maxTasks: 1000 })
    const later = await call('POST', '/batches', { tasks, startAt: new Date(Date.now() + 200).toISOString() })
    await isIn(`/batches/${later.id}`, 'completed')
    const bulk = await call('POST', '/bulk', { action: 'delete', filter: { ids: [later.id] } })
    await isIn(`/bulk/${bulk.id}`, 'completed')
    for (const path of ['/workers', '/system', '/tasks', `/batches/${id}/series`, `/batches/${id}/report`])
      await call('GET', path)
    await call('GET', `/batches/${id}/results`)
    await call('DELETE', `/batches/${id}`)
    await call('DELETE', '/queues/limited')
    await call('DELETE', '/limits/account')
    const key = await call('POST', '/keys', { name: 'a viewer', role: 'viewer' })
    await call('GET', '/keys')
    await call('POST', '/session', { apiKey: key.key })
    const { sessions } = await call('GET', '/sessions')
    await call('DELETE', `/sessions/${sessions?.[0]?.id}`)
    await call('DELETE', `/keys/${key.id}`)

    expect(await admin.call('ACL', 'LOG')).toEqual([])
  })

  test('may not change or read anything else', async ({ onTestFinished }) => {
    const redis = await startRedis({ args })
    const admin = openConnection(redis.url)
    onTestFinished(async () => {
      admin.disconnect()
      await redis.stop()
    })
    const verdictOf = (user: string, command: string) => admin.call('ACL', 'DRYRUN', user, ...command.split(' '))

    expect([...users.keys()]).toEqual(['sluice-api', 'sluice-worker', 'sluice-monitor'])
    for (const user of users.keys()) {
      for (const command of FORBIDDEN) expect(await verdictOf(user, command)).toMatch('has no permissions')
      expect(await verdictOf(user, 'INFO')).toBe('OK')
    }
    for (const command of [...OF_API_ALONE, 'GET sluice:x']) {
      expect(await verdictOf('sluice-api', command)).toBe('OK')
      expect(await verdictOf('sluice-worker', command)).toMatch('has no permissions')
      expect(await verdictOf('sluice-monitor', command)).toMatch('has no permissions')
    }
  })
})
