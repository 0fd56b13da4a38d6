import { type Operation, operations, permissionsOf, type Role, roles } from '@sluice/contracts'
import {
  closeEngine,
  connectRedis,
  createBatch,
  createDetection,
  createEngine,
  createSession,
  type Engine,
  putLimit,
  putQueue,
  putTenantQuotas,
  readBatch,
  readDetection,
  startBulk,
  startHeartbeat,
} from '@sluice/engine'
import type { InjectOptions } from 'fastify'
import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'

const table = Object.values(operations) as Operation[]

/** What belongs to one tenant. All of it contains the mark, and so must no answer to another tenant. */
interface Belongings {
  mark: string
  batch: string
  code: string
  detection: string
  bulk: string
  queue: string
  limit: string
  apiKey: string
  session: string
}

/** Operations on one object, by the beginning of their path, and what they are called with. */
const OBJECTS: Record<string, (of: Belongings) => string[]> = {
  '/v1/batches/:id': ({ batch, code }) => [batch, code],
  '/v1/queues/:name': ({ queue }) => [queue],
  '/v1/limits/:name': ({ limit }) => [limit],
  '/v1/detections/:id': ({ detection }) => [detection],
  '/v1/bulk/:id': ({ bulk }) => [bulk],
  '/v1/tenants/:name': ({ mark }) => [mark],
  '/v1/keys/:id': ({ apiKey }) => [apiKey],
  '/v1/sessions/:id': ({ session }) => [session],
}

/** All others, each with a query that could show something of another tenant. A new operation must be added here. */
const OTHERS: Record<string, (of: Belongings) => string> = {
  createBatch: () => '',
  listBatches: ({ mark, queue }) => `?tenant=${mark}&queue=${queue}`,
  searchTasks: ({ queue }) => `?queue=${queue}`,
  listQueues: () => '?pageSize=200',
  createDetection: () => '',
  listDetections: () => '',
  listLimits: () => '?pageSize=200',
  listTenants: () => '?pageSize=200',
  createApiKey: () => '',
  listApiKeys: () => '',
  listSessions: ({ apiKey }) => `?keyId=${apiKey}`,
  listAudit: ({ mark }) => `?tenant=${mark}`,
  exportAudit: ({ mark }) => `?tenant=${mark}`,
  startBulk: () => '',
  listBulk: () => '',
  listWorkers: () => '',
  startSignIn: () => '',
  finishSignIn: () => '',
  // Without a query it is refused. watch-events.int.test.ts tests its streams.
  watchEvents: () => '',
  readSystem: () => '',
  createSession: () => '',
  readSession: () => '',
  deleteSession: () => '',
  checkAlive: () => '',
  checkReady: () => '',
  readVersion: () => '',
  readMetrics: () => '',
  readOpenapi: () => '',
}

/** Valid bodies, of which those with a code or a queue name what belongs to the other tenant. */
const BODIES: Record<string, (of: Belongings) => object> = {
  createBatch: ({ code, queue }) => ({ code: code.replace('code:', ''), queue, tasks: [] }),
  updateBatch: () => ({ priority: 1 }),
  appendTasks: () => [{ payload: { url: 'https://example.com/' } }],
  putQueue: () => ({}),
  changeQueue: () => ({ paused: true }),
  putLimit: () => ({ rules: [{ unit: 'requests', max: 1, perMs: 1000 }] }),
  changeLimit: () => ({ burstFactor: 1 }),
  createDetection: ({ queue }) => ({ url: 'https://example.com/', queue }),
  putTenant: () => ({ maxTasks: 1 }),
  startBulk: () => ({ action: 'cancel', filter: { state: 'active' } }),
  createApiKey: () => ({ name: 'x', role: 'viewer' }),
  changeApiKey: () => ({ role: 'viewer' }),
}

const prefixOf = ({ path }: Operation) => Object.keys(OBJECTS).find((prefix) => path.startsWith(prefix))

function requestsOf(operation: Operation, of: Belongings): { request: InjectOptions; name: string }[] {
  const { id, method, path } = operation
  const prefix = prefixOf(operation)
  const payload = BODIES[id]?.(of)
  const body = payload && { payload }
  if (prefix === undefined) return [{ request: { method, url: `${path}${OTHERS[id]?.(of)}`, ...body }, name: '' }]
  return (OBJECTS[prefix]?.(of) ?? []).map((name) => {
    const url = path.replace(/:\w+/, encodeURIComponent(name)).replace(':seq', '0')
    return { request: { method, url, ...body }, name }
  })
}

let made = 0

async function makeBelongings(engine: Engine, tenant: string, apiKey: string): Promise<Belongings> {
  const mark = tenant
  const [queue, limit] = [`${mark}-lane`, `${mark}-account`]
  await putLimit(engine, limit, { rules: [{ unit: 'requests', max: 5, perMs: 1000 }] })
  await putQueue(engine, queue, { tenants: [tenant], limit })
  const { session } = await createSession(engine, { kind: 'key', keyId: apiKey })
  return { mark, queue, limit, apiKey, session: session.id, ...(await makeObjects(engine, tenant, queue)) }
}

async function makeObjects(engine: Engine, tenant: string, queue: string) {
  const code = `${tenant}-${(made += 1)}`
  const tasks = [JSON.stringify({ key: `${tenant}-key`, payload: { url: `https://${tenant}.example.com/` } })]
  const { batch } = await createBatch(engine, { tenant, queue, code, metadata: { [tenant]: tenant }, tasks })
  const call = { url: `https://${tenant}.example.com/` }
  const detection = await createDetection(engine, { tenant, call, queue, budgets: {} })
  const bulk = await startBulk(engine, {
    action: 'cancel',
    filter: { ids: [batch.id] },
    reach: { tenant, queues: null },
    reason: tenant,
    createdBy: null,
  })
  return { batch: batch.id, code: `code:${code}`, detection: detection.id, bulk: bulk.id }
}

/** Starts a worker that serves a queue. Returns the function that stops it. */
async function serve(engine: Engine, queue: string): Promise<() => Promise<void>> {
  const heartbeat = await startHeartbeat(engine, {
    worker: 'w',
    offer: { queues: [queue, 'default'], types: ['http'] },
    version: '1.2.3',
    concurrency: 9,
    load: () => ({ running: 1, tickets: { [queue]: 1 } }),
    onRecovered: () => {},
    onError: () => {},
  })
  return () => heartbeat.stop()
}

/** What belongs to the tenant zebra. */
const matrixTest = authTest.extend('zebra', async ({ engine, keyOf, redisUrl, prefix, onTestFinished }) => {
  const text = await keyOf('viewer', { tenant: 'zebra', name: 'zebra-key' })
  const zebra = await makeBelongings(engine, 'zebra', text.slice(5, 17))
  const redis = connectRedis(redisUrl)
  const ofWorker = createEngine({ redis, prefix })
  const stop = await serve(ofWorker, zebra.queue)
  onTestFinished(async () => {
    await stop()
    await closeEngine(ofWorker)
    redis.disconnect()
  })
  return zebra
})

describe('the matrix of roles, operations and tenants', () => {
  matrixTest('knows every operation', () => {
    const known = table.filter((operation) => prefixOf(operation) !== undefined || OTHERS[operation.id] !== undefined)

    expect(known.map(({ id }) => id).toSorted()).toEqual(Object.keys(operations).toSorted())
  })

  describe.each(['okapi', 'default'])('a key of tenant %s', (tenant) => {
    matrixTest.for(Object.keys(roles) as Role[])(
      'of role %s gets 404 or 403 for what belongs to another tenant, and no answer shows anything of it',
      async (role, { callAs, keyOf, engine, zebra }) => {
        const key = await keyOf(role, { tenant })
        const before = {
          batch: await readBatch(engine, zebra.batch),
          detection: await readDetection(engine, zebra.detection),
        }
        for (const operation of table) {
          const isPermitted =
            operation.permission === null ||
            permissionsOf(role, { isNarrowed: false, hasTenant: true }).includes(operation.permission)
          for (const { request, name } of requestsOf(operation, zebra)) {
            const { statusCode, headers, body } = await callAs(key, request)

            const subject = `${operation.id} ${name}: ${statusCode} ${body.slice(0, 500)}`
            expect([401, 409, 429, 500], `${role} ${subject}`).not.toContain(statusCode)
            if (name !== '') expect([403, 404], `${role} ${subject}`).toContain(statusCode)
            if (!isPermitted) expect(statusCode, `${role} ${subject}`).toBe(403)
            else if (name !== '') expect(statusCode, `${role} ${subject}`).toBe(404)
            // A refusal repeats what the request named.
            const echoes = [name, name.replace('code:', ''), zebra.queue].filter((text) => text !== '')
            const shown = statusCode < 400 ? body : echoes.reduce((text, echo) => text.replaceAll(echo, ''), body)
            for (const secret of [zebra.mark, zebra.batch, zebra.detection, zebra.apiKey, zebra.session]) {
              expect(`${JSON.stringify(headers)}${shown}`, `${role} ${subject}`).not.toContain(secret)
            }
          }
        }
        expect(await readBatch(engine, zebra.batch)).toEqual(before.batch)
        expect(await readDetection(engine, zebra.detection)).toEqual(before.detection)
      },
    )
  })

  matrixTest.for(Object.keys(roles) as Role[])(
    'a key of role %s reaches what belongs to its own tenant, as far as its permissions go, and a key of no tenant all',
    async (role, { callAs, keyOf, engine, zebra }) => {
      const keys = { zebra: await keyOf(role, { tenant: 'zebra' }), none: await keyOf(role) }
      // A stream does not end, and a session belongs to one key of the tenant.
      const others = new Set(['watchBatch', 'endSession'])
      for (const operation of table.filter((each) => prefixOf(each) !== undefined && !others.has(each.id))) {
        for (const [tenant, key] of Object.entries(keys)) {
          const own = { ...zebra, ...(await makeObjects(engine, 'zebra', zebra.queue)) }
          const [first] = requestsOf(operation, own)
          const { statusCode, body } = await callAs(key, first?.request ?? {})

          const held = permissionsOf(role, { isNarrowed: false, hasTenant: tenant !== 'none' })
          const isPermitted = operation.permission !== null && held.includes(operation.permission)
          const subject = `of ${tenant}: ${operation.id} ${statusCode} ${body.slice(0, 300)}`
          expect(statusCode === 403, `${role} ${subject}`).toBe(!isPermitted)
          expect([401, 404, 429, 500], `${role} ${subject}`).not.toContain(statusCode)
        }
        await restore(engine, zebra)
      }
    },
  )
})

/** Brings back what an operation may have deleted. */
async function restore(engine: Engine, { queue, limit }: Belongings): Promise<void> {
  await putLimit(engine, limit, { rules: [{ unit: 'requests', max: 5, perMs: 1000 }] })
  await putQueue(engine, queue, { tenants: ['zebra'], limit })
  await putTenantQuotas(engine, 'zebra', {})
}
