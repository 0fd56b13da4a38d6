import { describe, expect } from 'vitest'
import { changeApiKey, deleteApiKey } from '../../src/api-key/change-api-key.ts'
import { addFirstApiKey, createApiKey } from '../../src/api-key/create-api-key.ts'
import { findApiKey, isUseDue, noteApiKeyUse, readApiKey } from '../../src/api-key/find-api-key.ts'
import { listApiKeys } from '../../src/api-key/list-api-keys.ts'
import { rerollApiKey } from '../../src/api-key/reroll-api-key.ts'
import type { Engine } from '../../src/engine.ts'
import {
  ApiKeyExpiredError,
  ApiKeyNotFoundError,
  CursorInvalidError,
  ExpiryPastError,
  TooManyApiKeysError,
} from '../../src/errors.ts'
import type { ApiKeyRecord } from '../../src/model/api-key.ts'
import { isSecretOf, newApiKeyText, readApiKeyText } from '../../src/model/api-key-text.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { engineTest } from '../support/engine-test.ts'

const DAY_MS = 24 * 3600 * 1000
const SUBMITTER = { name: 'import', role: 'submitter' } as const

async function create(engine: Engine, settings: Partial<Parameters<typeof createApiKey>[1]> = {}) {
  return await createApiKey(engine, { ...SUBMITTER, ...settings }, 'command')
}

/** Makes an API key expire at some time, as if it had been created long before. */
async function expireAt({ redis, keys }: Engine, id: string, expiresAt: number): Promise<void> {
  const record = JSON.parse((await redis.hget(keys.apiKeys.records, id)) ?? '') as ApiKeyRecord
  await redis.hset(keys.apiKeys.records, id, JSON.stringify({ ...record, expiresAt }))
}

describe('an API key', () => {
  engineTest('is stored with the hash of its secret, and the secret is stored nowhere', async ({ engine }) => {
    const { apiKey, text } = await create(engine, { queues: ['llm-*'] })

    const found = await findApiKey(engine, apiKey.id)
    const { id, secret } = readApiKeyText(text) ?? newApiKeyText()
    expect(id).toBe(apiKey.id)
    expect(isSecretOf(secret, found?.hash ?? '')).toBe(true)
    expect(found?.json).not.toContain(secret)
    expect(found?.apiKey).toEqual(apiKey)
    expect(apiKey).toMatchObject({ ...SUBMITTER, queues: ['llm-*'], createdBy: 'command', expiresAt: null })
  })

  engineTest('changes member by member, and keeps a change that was made meanwhile', async ({ engine, openRivals }) => {
    const { apiKey } = await create(engine)
    const rivals = await openRivals(4)
    const changes = [{ name: 'renamed' }, { role: 'viewer' as const }, { queues: ['a'] }, { expiresAt: new Date(4e12) }]

    await Promise.all(changes.map((change, i) => changeApiKey(rivals[i] ?? engine, apiKey.id, change)))

    expect(await readApiKey(engine, apiKey.id)).toEqual({ ...apiKey, ...Object.assign({}, ...changes) })
  })

  engineTest('does not exist after it was deleted, and no use of it stays', async ({ engine }) => {
    const { apiKey } = await create(engine)
    await noteApiKeyUse(engine, apiKey.id)

    await deleteApiKey(engine, apiKey.id)
    await noteApiKeyUse(engine, apiKey.id)

    expect(await findApiKey(engine, apiKey.id)).toBeUndefined()
    expect(await engine.redis.exists(engine.keys.apiKeys.records, engine.keys.apiKeys.uses)).toBe(0)
    for (const attempt of [
      deleteApiKey(engine, apiKey.id),
      readApiKey(engine, apiKey.id),
      changeApiKey(engine, apiKey.id, { name: 'x' }),
      rerollApiKey(engine, apiKey.id, { graceMs: 0, createdBy: 'command' }),
    ]) {
      await expect(attempt).rejects.toThrow(ApiKeyNotFoundError)
    }
  })

  engineTest('is not brought back by a change that began before it was deleted', async ({ engine, openRivals }) => {
    const [rival = engine] = await openRivals(1)
    for (let i = 0; i < 50; i += 1) {
      const { apiKey } = await create(engine)

      await Promise.allSettled([changeApiKey(rival, apiKey.id, { name: 'x' }), deleteApiKey(engine, apiKey.id)])

      expect(await findApiKey(engine, apiKey.id)).toBeUndefined()
    }
  })

  engineTest('cannot expire in the past of the clock of Redis', async ({ engine }) => {
    const past = new Date(Date.now() - 1000)
    const { apiKey } = await create(engine)

    await expect(create(engine, { expiresAt: past })).rejects.toThrow(ExpiryPastError)
    await expect(changeApiKey(engine, apiKey.id, { expiresAt: past })).rejects.toThrow(ExpiryPastError)
  })

  engineTest('is used at most once a minute as far as Redis knows', async ({ engine, openRivals }) => {
    const { apiKey } = await create(engine)
    await Promise.all((await openRivals(4)).map((rival) => noteApiKeyUse(rival, apiKey.id)))
    const first = await findApiKey(engine, apiKey.id)

    await noteApiKeyUse(engine, apiKey.id)

    expect((await findApiKey(engine, apiKey.id))?.apiKey).toEqual(first?.apiKey)
    expect(first && isUseDue(first)).toBe(false)
    await engine.redis.hset(engine.keys.apiKeys.uses, apiKey.id, Date.now() - 61_000)
    const old = await findApiKey(engine, apiKey.id)
    expect(old && isUseDue(old)).toBe(true)
    await noteApiKeyUse(engine, apiKey.id)
    expect((await readApiKey(engine, apiKey.id)).lastUsedAt?.getTime()).toBeGreaterThan(Date.now() - 10_000)
  })

  engineTest('is announced when it changes, is replaced or is deleted', async ({ engine, onTestFinished }) => {
    const signals: Signal[] = []
    const stop = await receiveSignals(engine, (signal) => void signals.push(signal))
    onTestFinished(stop)
    const { apiKey } = await create(engine)

    await changeApiKey(engine, apiKey.id, { name: 'x' })
    await rerollApiKey(engine, apiKey.id, { graceMs: 1000, createdBy: 'command' })
    await deleteApiKey(engine, apiKey.id)

    await expect.poll(() => signals).toEqual(Array.from({ length: 3 }, () => ({ kind: 'api_key', id: apiKey.id })))
  })
})

describe('a replaced API key', () => {
  engineTest('works for the grace period, and its successor has its settings', async ({ engine }) => {
    const expiresAt = new Date(Date.now() + 30 * DAY_MS)
    const { apiKey } = await create(engine, { queues: ['a', 'b*'], expiresAt })

    const { apiKey: next, text } = await rerollApiKey(engine, apiKey.id, { graceMs: DAY_MS, createdBy: apiKey.id })

    const old = await findApiKey(engine, apiKey.id)
    expect(next).toMatchObject({ ...SUBMITTER, queues: ['a', 'b*'], expiresAt, createdBy: apiKey.id, replacedBy: null })
    expect(readApiKeyText(text)?.id).toBe(next.id)
    expect(old?.apiKey.replacedBy).toBe(next.id)
    expect((old?.apiKey.expiresAt?.getTime() ?? 0) - (old?.readAt ?? 0)).toBeLessThanOrEqual(DAY_MS)
    expect((old?.apiKey.expiresAt?.getTime() ?? 0) - (old?.readAt ?? 0)).toBeGreaterThan(DAY_MS - 60_000)
  })

  engineTest('never works longer than it would have', async ({ engine }) => {
    const expiresAt = new Date(Date.now() + 60_000)
    const { apiKey } = await create(engine, { expiresAt })

    await rerollApiKey(engine, apiKey.id, { graceMs: DAY_MS, createdBy: 'command' })

    expect((await readApiKey(engine, apiKey.id)).expiresAt).toEqual(expiresAt)
  })

  engineTest(
    'gets a successor for each of several requests, and keeps the shortest grace',
    async ({ engine, openRivals }) => {
      const { apiKey } = await create(engine)
      const rivals = await openRivals(4)

      const made = await Promise.all(
        rivals.map((rival, i) => rerollApiKey(rival, apiKey.id, { graceMs: 1000 * (i + 1), createdBy: 'command' })),
      )

      const old = await findApiKey(engine, apiKey.id)
      expect(made.map(({ apiKey: { id } }) => id)).toContain(old?.apiKey.replacedBy)
      expect((old?.apiKey.expiresAt?.getTime() ?? 0) - (old?.readAt ?? 0)).toBeLessThanOrEqual(1000)
      expect((await listApiKeys(engine, { pageSize: 10 })).apiKeys).toHaveLength(5)
    },
  )

  engineTest('must not have expired', async ({ engine }) => {
    const { apiKey } = await create(engine)
    await expireAt(engine, apiKey.id, Date.now() - 1)

    await expect(rerollApiKey(engine, apiKey.id, { graceMs: 0, createdBy: 'command' })).rejects.toThrow(
      ApiKeyExpiredError,
    )

    expect((await listApiKeys(engine, { pageSize: 10 })).apiKeys).toHaveLength(1)
  })
})

describe('API keys', () => {
  engineTest('are listed page by page, newest first', async ({ engine }) => {
    const ids: string[] = []
    for (let i = 0; i < 7; i += 1) ids.push((await create(engine)).apiKey.id)

    const listed: string[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await listApiKeys(engine, { pageSize: 3, cursor })
      listed.push(...page.apiKeys.map(({ id }) => id))
      cursor = page.nextCursor
    }

    expect(listed.toSorted()).toEqual(ids.toSorted())
    expect(new Set(listed).size).toBe(7)
    await expect(listApiKeys(engine, { pageSize: 3, cursor: 'x' })).rejects.toThrow(CursorInvalidError)
  })

  engineTest('are never more than the quota, however many are created at once', async ({ openEngine }) => {
    const rivals = [1, 2, 3, 4].map(() => openEngine({ maxApiKeys: 3 }))

    const results = await Promise.allSettled(rivals.flatMap((rival) => [create(rival), create(rival)]))

    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    expect(refused).toHaveLength(5)
    for (const error of refused) expect(error).toBeInstanceOf(TooManyApiKeysError)
  })

  engineTest(
    'that expired long ago make room for a new one, and those that expired lately stay',
    async ({ openEngine }) => {
      const engine = openEngine({ maxApiKeys: 2 })
      const [old, recent] = [(await create(engine)).apiKey, (await create(engine)).apiKey]
      await expireAt(engine, old.id, Date.now() - 31 * DAY_MS)
      await expireAt(engine, recent.id, Date.now() - 29 * DAY_MS)

      const { apiKey } = await create(engine)

      const { apiKeys } = await listApiKeys(engine, { pageSize: 10 })
      expect(apiKeys.map(({ id }) => id).toSorted()).toEqual([recent.id, apiKey.id].toSorted())
    },
  )
})

describe('the first API key', () => {
  engineTest('is stored once, whoever is first', async ({ engine, openRivals }) => {
    const rivals = await openRivals(5)

    const stored = await Promise.all(rivals.map((rival) => addFirstApiKey(rival, newApiKeyText())))

    expect(stored.filter(Boolean)).toHaveLength(1)
    const { apiKeys } = await listApiKeys(engine, { pageSize: 10 })
    expect(apiKeys).toMatchObject([{ role: 'admin', createdBy: 'file', queues: null }])
  })

  engineTest('is not stored while another one exists', async ({ engine }) => {
    await create(engine)

    expect(await addFirstApiKey(engine, newApiKeyText())).toBe(false)
  })
})
