import { describe, expect } from 'vitest'
import { type AuditExport, exportAudit } from '../../src/audit/export-audit.ts'
import { writeAudit } from '../../src/audit/write-audit.ts'
import type { Engine } from '../../src/engine.ts'
import type { AuditEntry, AuditPart, AuditRecord } from '../../src/model/audit.ts'
import { range } from '../../src/range.ts'
import { engineTest } from '../support/engine-test.ts'

const BASE: AuditEntry = {
  actor: 'key',
  keyId: '7Yb3kQ0pXz2M',
  name: null,
  tenant: null,
  subject: null,
  operation: 'pauseQueue',
  object: null,
  address: null,
  requestId: null,
  reason: null,
  status: 200,
  code: null,
}

/** Writes entries with numbers as their names, in turn to both parts, several of them in a millisecond. */
async function write({ redis, keys }: Engine, from: number, count: number): Promise<void> {
  const pipeline = redis.pipeline()
  for (const i of range(count)) {
    const part: AuditPart = i % 3 === 0 ? 'control' : 'traffic'
    const json = JSON.stringify({ ...BASE, name: `${from + i}`, object: i % 2 === 0 ? 'queues/llm' : null })
    pipeline.xadd(keys.audit[part], `${1000 + Math.floor((from + i) / 7)}-${from + i}`, 'entry', json)
  }
  await pipeline.exec()
}

async function exported(engine: Engine, filter: AuditExport = {}): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  for await (const page of exportAudit(engine, filter)) records.push(...page)
  return records
}

describe('an export of the audit log', () => {
  engineTest('has every entry of both parts once, oldest first, however many there are', async ({ engine }) => {
    await write(engine, 0, 1750)

    expect((await exported(engine)).map(({ name }) => name)).toEqual(range(1750).map(String))
  })

  engineTest('goes on after the last entry that a client has', async ({ engine }) => {
    await write(engine, 0, 600)
    const first = await exported(engine)
    await write(engine, 600, 20)

    const rest = await exported(engine, { after: first.at(-1)?.id })

    expect(rest.map(({ name }) => name)).toEqual(range(20).map((i) => `${600 + i}`))
    expect(await exported(engine, { after: rest.at(-1)?.id })).toEqual([])
  })

  engineTest('has what matches its filter, over pages without any', async ({ engine }) => {
    await write(engine, 0, 1500)
    const filter = { object: 'queues/llm', from: new Date(1100), to: new Date(1200) }

    const names = (await exported(engine, filter)).map(({ name }) => Number(name))

    expect(names).toEqual(range(1500).filter((i) => i >= 700 && i < 1400 && i % 2 === 0))
    expect(await exported(engine, { tenant: 'none' })).toEqual([])
  })

  engineTest('ends, although each page that is read makes a further one', async ({ engine }) => {
    await write(engine, 0, 600)
    let pages = 0

    for await (const page of exportAudit(engine, {})) {
      pages += page.length > 0 ? 1 : 0
      await writeAudit(
        engine,
        range(600).map(() => ({ part: 'traffic' as const, entry: BASE })),
      )
    }

    expect(pages).toBeLessThan(4)
  })
})
