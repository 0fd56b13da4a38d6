import { describe, expect } from 'vitest'
import { listAudit } from '../../src/audit/list-audit.ts'
import { writeAudit } from '../../src/audit/write-audit.ts'
import type { Engine } from '../../src/engine.ts'
import { CursorInvalidError } from '../../src/errors.ts'
import { newApiKeyText, writeApiKey } from '../../src/model/api-key-text.ts'
import type { AuditEntry, AuditPart, AuditRecord } from '../../src/model/audit.ts'
import { range } from '../../src/range.ts'
import { redisNow } from '../../src/redis-now.ts'
import { engineTest } from '../support/engine-test.ts'

const BASE: AuditEntry = {
  actor: 'key',
  keyId: '7Yb3kQ0pXz2M',
  name: 'nightly import',
  tenant: null,
  subject: null,
  operation: 'pauseQueue',
  object: 'queues/llm',
  address: '10.0.0.1',
  requestId: 'r1',
  reason: null,
  status: 200,
  code: null,
}

function entry(part: AuditPart, change: Partial<AuditEntry> = {}) {
  return { part, entry: { ...BASE, ...change } }
}

/** The names of all entries, read page by page. */
async function namesOf(engine: Engine, pageSize: number): Promise<(string | null)[]> {
  const names: (string | null)[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Awaited<ReturnType<typeof listAudit>> = await listAudit(engine, { pageSize, cursor })
    names.push(...page.entries.map(({ name }) => name))
    cursor = page.nextCursor
  }
  return names
}

/** Writes an entry at a time of its own choice. */
async function writeAt(engine: Engine, id: string, part: AuditPart, name: string): Promise<void> {
  await engine.redis.xadd(engine.keys.audit[part], id, 'entry', JSON.stringify({ ...BASE, name }))
}

describe('the audit log', () => {
  engineTest("shows an entry as it was written, with the time of Redis's clock", async ({ engine }) => {
    const before = await redisNow(engine)

    await writeAudit(engine, [entry('control', { reason: 'too slow', status: 409, code: 'SLUICE_QUEUE_IN_USE' })])

    const { entries, nextCursor } = await listAudit(engine, { pageSize: 10 })
    expect(entries).toEqual([
      {
        ...BASE,
        reason: 'too slow',
        status: 409,
        code: 'SLUICE_QUEUE_IN_USE',
        result: 'refused',
        id: expect.stringMatching(/^\d+-\d+$/),
        at: expect.any(Date),
      },
    ])
    expect(entries[0]?.at.getTime()).toBeGreaterThanOrEqual(before)
    expect(entries[0]?.at.getTime()).toBeLessThanOrEqual(await redisNow(engine))
    expect(nextCursor).toBeNull()
  })

  engineTest('lists both parts in one order, page by page, without gaps and repeats', async ({ engine }) => {
    const parts = range(40).map((i): AuditPart => (i % 3 === 0 ? 'control' : 'traffic'))
    for (const [i, part] of parts.entries()) await writeAt(engine, `${1000 + Math.floor(i / 8)}-${i}`, part, `${i}`)

    const all = range(40).map(String).toReversed()
    for (const pageSize of [1, 3, 7, 40, 100]) expect(await namesOf(engine, pageSize)).toEqual(all)
  })

  engineTest(
    'lists entries of both parts in the order in which they were written, within a millisecond too',
    async ({ engine, openRivals }) => {
      const rivals = await openRivals(3)
      const others = rivals.flatMap((rival) =>
        range(30).map(() => writeAudit(rival, [entry('control', { name: 'x' })])),
      )
      // Redis gets many of them in one piece, so that they share its milliseconds, and rivals write between them.
      const own = range(300).map((i) =>
        writeAudit(engine, [entry(i % 2 === 0 ? 'traffic' : 'control', { name: `${i}` })]),
      )
      await Promise.all([...others, ...own])

      const names = (await namesOf(engine, 100)).filter((name) => name !== 'x')
      expect(names).toEqual(range(300).map(String).toReversed())
    },
  )

  engineTest("writes on when Redis's clock has gone back", async ({ engine }) => {
    const ahead = (await redisNow(engine)) + 3_600_000
    await writeAt(engine, `${ahead}-7`, 'traffic', 'ahead')

    await writeAudit(engine, [entry('control', { name: 'a' }), entry('traffic', { name: 'b' })])

    expect(await namesOf(engine, 10)).toEqual(['b', 'a', 'ahead'])
  })

  engineTest('filters by API key, operation, object and result', async ({ engine }) => {
    await writeAudit(engine, [
      entry('control', { name: 'a' }),
      entry('control', { name: 'b', keyId: '000000000000' }),
      entry('control', { name: 'c', operation: 'deleteQueue', object: 'queues/x' }),
      entry('traffic', { name: 'd', status: 403 }),
      entry('traffic', { name: 'e', status: 503 }),
    ])

    const names = async (filter: object) =>
      (await listAudit(engine, { pageSize: 10, ...filter })).entries.map(({ name }) => name)
    expect(await names({ keyId: '000000000000' })).toEqual(['b'])
    expect(await names({ operation: 'deleteQueue' })).toEqual(['c'])
    expect(await names({ object: 'queues/llm' })).toEqual(['e', 'd', 'b', 'a'])
    expect(await names({ result: 'done' })).toEqual(['c', 'b', 'a'])
    expect(await names({ result: 'refused' })).toEqual(['d'])
    expect(await names({ result: 'failed', object: 'queues/llm' })).toEqual(['e'])
  })

  engineTest('filters by time: from is included, and to is not, also after a cursor', async ({ engine }) => {
    for (const at of [1000, 2000, 3000, 4000]) {
      await writeAt(engine, `${at}-1`, 'control', `c${at}`)
      await writeAt(engine, `${at}-0`, 'traffic', `t${at}`)
    }
    const times = { from: new Date(2000), to: new Date(4000) }

    const { entries } = await listAudit(engine, { pageSize: 10, ...times })
    const later = await listAudit(engine, { pageSize: 10, cursor: '9999-0', ...times })

    expect(entries.map(({ name }) => name)).toEqual(['c3000', 't3000', 'c2000', 't2000'])
    expect(later.entries).toEqual(entries)
    expect((await listAudit(engine, { pageSize: 10, to: new Date(-5) })).entries).toEqual([])
  })

  engineTest('examines a bounded number of entries for one page', async ({ engine }) => {
    const rows = range(10_500).map(() => entry('traffic'))
    await writeAudit(engine, [entry('control', { name: 'rare' })])
    for (let i = 0; i < rows.length; i += 1000) await writeAudit(engine, rows.slice(i, i + 1000))

    // Entries that one script writes have the same millisecond, and the rare one is older.
    const first = await listAudit(engine, { pageSize: 5, result: 'failed' })
    const found = await allOf(engine, 'rare')

    expect(first.entries).toEqual([])
    expect(first.nextCursor).not.toBeNull()
    expect(found).toHaveLength(1)
  })

  engineTest(
    'drops the oldest entries of a part beyond its bound, and none of the other part',
    async ({ openEngine }) => {
      const engine = openEngine({ maxAuditEntries: 1000 })
      await writeAudit(engine, [entry('control', { name: 'kept' })])

      for (let i = 0; i < 20; i += 1)
        await writeAudit(
          engine,
          range(200).map(() => entry('traffic')),
        )

      const { control, traffic } = engine.keys.audit
      expect(await engine.redis.xlen(control)).toBe(1)
      expect(await engine.redis.xlen(traffic)).toBeGreaterThanOrEqual(1000)
      // Redis drops whole nodes of a hundred entries.
      expect(await engine.redis.xlen(traffic)).toBeLessThanOrEqual(1200)
    },
  )

  engineTest('has of an API key the id alone, wherever a client has put it', async ({ engine }) => {
    const key = writeApiKey(newApiKeyText())

    await writeAudit(engine, [entry('control', { name: key, object: `batches/${key}`, requestId: key, reason: key })])

    const stored = JSON.stringify(await engine.redis.xrange(engine.keys.audit.control, '-', '+'))
    expect(stored).toContain(key.slice(0, 17))
    expect(stored).not.toContain(key.slice(17, 30))
  })

  engineTest.for(['', 'x', '1', '1-1.x', '(1-1', '-1-1'])('refuses the cursor "%s"', async (cursor, { engine }) => {
    await expect(listAudit(engine, { pageSize: 1, cursor })).rejects.toThrow(CursorInvalidError)
  })
})

/** All entries with a name, however many pages it takes. */
async function allOf(engine: Engine, name: string): Promise<AuditRecord[]> {
  const found: AuditRecord[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Awaited<ReturnType<typeof listAudit>> = await listAudit(engine, { pageSize: 500, cursor })
    found.push(...page.entries.filter((record) => record.name === name))
    cursor = page.nextCursor
  }
  return found
}
