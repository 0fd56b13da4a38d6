import { type AuditEntryView, type AuditList, changesSomething, type Operation, operations } from '@sluice/contracts'
import { closeEngine, connectRedis, createEngine, newApiKeyText, writeApiKey } from '@sluice/engine'
import { RedisLink } from '@sluice/testing'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import { describe, expect, type TestContext } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createKey } from '../../src/create-key.ts'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

const SECRET = 'audit-must-not-have-this-8d1f'

const auditTest = authTest
  .extend('admin', ({ keyOf }) => keyOf('admin', { name: 'an admin' }))
  .extend(
    'entries',
    ({ app, admin }) =>
      (query = '') =>
        readEntries(app, admin, query),
  )

async function readEntries(app: FastifyInstance, key: string, query: string): Promise<AuditEntryView[]> {
  const response = await app.inject({ url: `/v1/audit?pageSize=500&${query}`, headers: { 'x-api-key': key } })
  expect([response.statusCode, response.body]).toEqual([200, response.body])
  return response.json<AuditList>().entries
}

/** An anonymous API with a link of its own to Redis, and what it logs. */
async function linkedApp({
  redisUrl,
  prefix,
  onTestFinished,
}: {
  redisUrl: string
  prefix: string
  onTestFinished: TestContext['onTestFinished']
}) {
  const link = await RedisLink.start(redisUrl)
  const redis = connectRedis(link.url, { failFast: true })
  redis.on('error', () => {})
  const engine = createEngine({ redis, prefix })
  const lines: string[] = []
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) })
  const api = await buildApp({ engine, allowAnonymous: true, logger })
  onTestFinished(async () => {
    await api.close()
    await closeEngine(engine)
    redis.disconnect()
    link.close()
  })
  await redis.ping()
  return { api, link, lines }
}

/** A request of the operation for objects that do not exist. */
function exampleOf({ method, path, body }: Operation): InjectOptions {
  const url = path.replace(':seq', '0').replaceAll(/:\w+/g, 'none')
  return { method, url, ...(body !== undefined && { payload: {} }) }
}

const table = Object.values(operations) as Operation[]

describe('the audit log', () => {
  auditTest(
    'has who did what to which object, from where, why, and how it ended',
    async ({ callAs, admin, entries }) => {
      const before = Date.now()

      const response = await callAs(admin, {
        method: 'PUT',
        url: '/v1/queues/llm',
        payload: { concurrency: 3 },
        headers: { 'x-sluice-reason': 'the provider asked for it', 'x-request-id': 'trace-7' },
        remoteAddress: '10.1.2.3',
      })

      expect(response.statusCode).toBe(201)
      expect(await entries()).toEqual([
        {
          id: expect.stringMatching(/^\d+-\d+$/),
          at: expect.toSatisfy((at: string) => Date.parse(at) >= before - 1000),
          actor: 'key',
          keyId: admin.slice(5, 17),
          name: 'an admin',
          tenant: null,
          subject: null,
          operation: 'putQueue',
          object: 'queues/llm',
          address: '10.1.2.3',
          requestId: 'trace-7',
          reason: 'the provider asked for it',
          result: 'done',
          status: 201,
          code: null,
        },
      ])
    },
  )

  auditTest(
    '200 as a stream, with the entries of the list, oldest first',
    async ({ callAs, admin, entries, keyOf }) => {
      for (const code of ['a', 'b']) await callAs(admin, { method: 'POST', url: '/v1/batches', payload: { code } })

      const response = await callAs(admin, { url: '/v1/audit/entries?operation=createBatch' })

      expect(response.headers['content-type']).toBe('application/x-ndjson')
      const exported = response.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditEntryView)
      expect(exported).toEqual((await entries('operation=createBatch')).toReversed())
      const rest = await callAs(admin, { url: `/v1/audit/entries?operation=createBatch&after=${exported[0]?.id}` })
      expect(JSON.parse(rest.body)).toEqual(exported[1])
      expect((await callAs(admin, { url: '/v1/audit/entries?operation=createBtach' })).statusCode).toBe(400)
      expect((await callAs(await keyOf('operator'), { url: '/v1/audit/entries' })).statusCode).toBe(403)
    },
  )

  /** Signing in and out are recorded of a client that has an API key or a session. */
  const isRecorded = (operation: Operation) => changesSomething(operation) && operation.permission !== null

  auditTest('has every operation that changes something, and none that reads', async ({ callAs, admin, entries }) => {
    for (const operation of table) await callAs(admin, exampleOf(operation))

    const recorded = (await entries()).map(({ operation }) => operation).toReversed()
    expect(recorded).toEqual(table.filter(isRecorded).map(({ id }) => id))
  })

  auditTest('has every refusal of a permission, of all operations', async ({ callAs, keyOf, entries }) => {
    const viewer = await keyOf('viewer')
    const answers: [string, number][] = []
    for (const operation of table) {
      answers.push([operation.id, (await callAs(viewer, exampleOf(operation))).statusCode])
    }

    // A viewer may end sessions, and has none: that is refused for another reason.
    const refused = (await entries('result=refused')).filter(({ operation }) => operation !== 'endSession')
    expect(refused.map(({ operation }) => operation).toReversed()).toEqual(
      answers.filter(([, status]) => status === 403).map(([id]) => id),
    )
    expect(new Set(refused.map(({ code, keyId }) => `${code} ${keyId}`))).toEqual(
      new Set([`SLUICE_PERMISSION_MISSING ${viewer.slice(5, 17)}`]),
    )
  })

  auditTest(
    'names a new object by its id, and a batch by its id although the client sent its code',
    async ({ callAs, admin, entries }) => {
      const created = await callAs(admin, { method: 'POST', url: '/v1/batches', payload: { code: 'night 1' } })
      const { id } = created.json<{ id: string }>()
      await callAs(admin, { method: 'POST', url: '/v1/batches/code:night%201/interrupt' })
      await callAs(admin, { method: 'POST', url: '/v1/batches/code:other/seal' })

      const objects = (await entries()).map(({ operation, object, status }) => [operation, object, status])
      expect(objects).toEqual([
        ['sealBatch', 'batches/code:other', 404],
        ['interruptBatch', `batches/${id}`, 200],
        ['createBatch', `batches/${id}`, 201],
      ])
      expect((await entries(`object=batches/${id}`)).length).toBe(2)
    },
  )

  auditTest(
    'has the entry of an answer before the client has the answer',
    async ({ redisUrl, prefix, engine, onTestFinished }) => {
      // What the API sends takes longer to arrive than what the test reads.
      const { api, link } = await linkedApp({ redisUrl, prefix, onTestFinished })
      link.delay(20)
      const { control, traffic } = engine.keys.audit

      for (let i = 1; i <= 5; i += 1) {
        await api.inject({ method: 'POST', url: '/v1/batches', payload: {} })
        await api.inject({ method: 'PATCH', url: '/v1/queues/default', payload: { concurrency: i } })

        expect([await engine.redis.xlen(traffic), await engine.redis.xlen(control)]).toEqual([i, i])
      }
    },
  )

  auditTest('has one entry for each of many requests at once', async ({ callAs, admin, entries }) => {
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        callAs(admin, { method: 'POST', url: '/v1/batches', payload: { code: `c${i}` } }),
      ),
    )

    const objects = (await entries('operation=createBatch')).map(({ object }) => object)
    expect(new Set(objects).size).toBe(100)
  })

  auditTest('has no secret, no payload and no header but the reason', async ({ callAs, admin, keyOf, engine }) => {
    const other = await keyOf('submitter')
    const headers = { 'x-other': SECRET, cookie: SECRET, 'idempotency-key': SECRET, 'user-agent': SECRET }
    const payload = { metadata: { a: SECRET }, tasks: [{ type: 'test', payload: SECRET }] }
    const created = await callAs(admin, { method: 'POST', url: '/v1/keys', payload: { name: 'x', role: 'admin' } })
    await callAs(admin, { method: 'POST', url: '/v1/batches', payload, headers })
    await callAs(admin, { method: 'PUT', url: '/v1/queues/q', payload: { http: { headers: { a: SECRET } } }, headers })
    await callAs(admin, { method: 'DELETE', url: `/v1/keys/${other}` })
    await callAs(admin, { method: 'POST', url: '/v1/batches/none/seal?x=1', headers: { 'x-sluice-reason': admin } })
    await callAs(other, { method: 'DELETE', url: '/v1/queues/q', headers })
    await callAs('garbage', { method: 'DELETE', url: '/v1/queues/q', headers })

    const { control, traffic } = engine.keys.audit
    const read = async (stream: string) => engine.redis.xrange(stream, '-', '+')
    await expect.poll(async () => (await read(traffic)).length + (await read(control)).length).toBe(7)
    const stored = JSON.stringify([await read(control), await read(traffic)])
    for (const text of [SECRET, created.json<{ key: string }>().key, admin, other]) {
      expect(stored).not.toContain(text.slice(20))
    }
  })

  auditTest(
    '400 for a reason that is too long or not printable, and what was refused has none',
    async ({ callAs, admin, keyOf, entries }) => {
      const viewer = await keyOf('viewer')
      const reasons = ['r'.repeat(201), 'caf\u00e9', 'a\tb']
      for (const reason of reasons) {
        const request = { method: 'DELETE', url: '/v1/queues/none', headers: { 'x-sluice-reason': reason } } as const
        const response = await callAs(admin, request)
        expect([response.statusCode, problemOf(response).errors?.[0]?.path]).toEqual([400, 'headers/x-sluice-reason'])
        await callAs(viewer, request)
      }

      const recorded = await entries()
      expect(recorded.map(({ status, reason }) => [status, reason])).toEqual(
        reasons.flatMap(() => [
          [403, null],
          [400, null],
        ]),
      )
    },
  )

  auditTest(
    'has the first refusal of an unknown client in a minute, with what it claimed',
    async ({ app, engine, entries }) => {
      const unknown = writeApiKey(newApiKeyText())
      const { traffic } = engine.keys.audit
      for (const [remoteAddress, key] of [
        ['10.0.0.1', unknown],
        ['10.0.0.2', 'garbage'],
      ] as const) {
        for (let i = 0; i < 50; i += 1) {
          await app.inject({ method: 'DELETE', url: '/v1/queues/q', headers: { 'x-api-key': key }, remoteAddress })
        }
      }
      await app.inject({ url: '/healthz', headers: { 'x-api-key': 'garbage' }, remoteAddress: '10.0.0.3' })
      await app.inject({ url: '/v1/nope', headers: { 'x-api-key': 'garbage' }, remoteAddress: '10.0.0.4' })

      await expect.poll(() => engine.redis.xlen(traffic)).toBe(2)
      expect(await entries()).toMatchObject([
        { actor: 'unauthenticated', keyId: null, address: '10.0.0.2', status: 401, code: 'SLUICE_UNAUTHENTICATED' },
        { actor: 'unauthenticated', keyId: unknown.slice(5, 17), address: '10.0.0.1', operation: 'deleteQueue' },
      ])
    },
  )

  auditTest('has pages of other sites, and anonymous clients', async ({ engine, entries, onTestFinished }) => {
    const app = await buildApp({ engine, allowAnonymous: true })
    onTestFinished(() => app.close())
    const request = { method: 'POST', url: '/v1/queues/default/pause' } as const

    await app.inject({ ...request, headers: { origin: 'https://evil.example' } })
    await app.inject(request)

    await expect.poll(() => entries()).toHaveLength(2)
    const found = (await entries()).map(({ actor, status, code }) => [actor, status, code])
    expect(found).toEqual(
      expect.arrayContaining([
        ['anonymous', 200, null],
        ['unauthenticated', 403, 'SLUICE_CROSS_ORIGIN'],
      ]),
    )
  })

  auditTest('has API keys that the command has created', async ({ redisUrl, prefix, entries }) => {
    const settings = {
      SLUICE_REDIS_URL: redisUrl,
      SLUICE_KEY_PREFIX: prefix,
      SLUICE_MAX_API_KEYS: 10,
      SLUICE_AUDIT_MAX_ENTRIES: 1000,
    }
    const { apiKey } = await createKey(settings as never, 'viewer')

    expect(await entries()).toMatchObject([
      { actor: 'command', operation: 'createApiKey', object: `keys/${apiKey.id}`, address: null, result: 'done' },
    ])
  })
})

describe('GET /v1/audit', () => {
  auditTest('403 for every role but admin, and for a narrowed admin', async ({ callAs, keyOf }) => {
    for (const key of [
      await keyOf('viewer'),
      await keyOf('submitter'),
      await keyOf('operator'),
      await keyOf('admin', { queues: ['llm-*'] }),
    ]) {
      const response = await callAs(key, { url: '/v1/audit' })
      expect([response.statusCode, (problemOf(response) as { permission?: string }).permission]).toEqual([
        403,
        'audit:read',
      ])
    }
  })

  auditTest('400 for an operation, a time or a cursor that does not exist', async ({ callAs, admin }) => {
    for (const [query, code] of [
      ['operation=interuptBatch', 'SLUICE_REQUEST_INVALID'],
      ['from=2026-13-01T00:00:00Z', 'SLUICE_REQUEST_INVALID'],
      ['to=yesterday', 'SLUICE_REQUEST_INVALID'],
      ['keyId=x', 'SLUICE_REQUEST_INVALID'],
      ['cursor=x', 'SLUICE_CURSOR_INVALID'],
    ]) {
      const response = await callAs(admin, { url: `/v1/audit?${query}` })
      expect([query, response.statusCode, problemOf(response).code]).toEqual([query, 400, code])
    }
  })

  auditTest('pages by cursor, and filters by key and time', async ({ callAs, admin, entries, keyOf }) => {
    const submitter = await keyOf('submitter')
    for (let i = 0; i < 5; i += 1) await callAs(submitter, { method: 'POST', url: '/v1/batches', payload: {} })
    await callAs(admin, { method: 'PATCH', url: '/v1/queues/default', payload: { concurrency: 2 } })

    const all = await entries()
    const first = await callAs(admin, { url: '/v1/audit?pageSize=4' })
    const { nextCursor, entries: some } = first.json<AuditList>()
    const rest = await entries(`cursor=${nextCursor}`)

    expect([...some, ...rest]).toEqual(all)
    expect(all).toHaveLength(6)
    expect(await entries(`keyId=${submitter.slice(5, 17)}`)).toHaveLength(5)
    expect(await entries(`to=${all[5]?.at}`)).toEqual([])
    expect(await entries(`from=${all[5]?.at}`)).toEqual(all)
  })
})

describe('while Redis is away', () => {
  auditTest(
    'an entry that cannot be written is in the log, and the answer comes',
    async ({ redisUrl, prefix, onTestFinished }) => {
      const { api, link, lines } = await linkedApp({ redisUrl, prefix, onTestFinished })
      link.close()

      const response = await api.inject({ method: 'POST', url: '/v1/queues/default/pause' })

      expect(response.statusCode).toBe(503)
      await expect.poll(() => lines.filter((line) => line.includes('"audit":'))).toHaveLength(1)
      const entry = JSON.parse(lines.find((line) => line.includes('"audit":')) ?? '') as { audit: object }
      expect(entry.audit).toMatchObject({ operation: 'pauseQueue', object: 'queues/default', status: 503 })
    },
  )
})
