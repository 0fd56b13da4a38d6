import { describe, expect } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { CursorInvalidError } from '../../src/errors.ts'
import { isSecretOf } from '../../src/model/api-key-text.ts'
import {
  MAX_SESSIONS_OF_OWNER,
  personIdOf,
  readSessionText,
  SESSION_IDLE_MS,
  SESSION_MAX_AGE_MS,
  type SessionRecord,
} from '../../src/model/session.ts'
import { redisNow } from '../../src/redis-now.ts'
import { createSession } from '../../src/session/create-session.ts'
import { endSession } from '../../src/session/end-session.ts'
import { listSessions } from '../../src/session/list-sessions.ts'
import { findSession, isProlongationDue, prolongSession } from '../../src/session/find-session.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { engineTest } from '../support/engine-test.ts'

const OWNER = { kind: 'key', keyId: '7Yb3kQ0pXz2M' } as const
const MINUTE_MS = 60_000

/** Makes a session expire at some time, as if it had been unused since. */
async function expireAt({ redis, keys }: Engine, id: string, expiresAt: number): Promise<void> {
  await redis.zadd(keys.sessions.expiries, expiresAt, id)
}

/** Makes a session as old as it may get in some time, as if it had been in use since. */
async function endIn({ redis, keys }: Engine, id: string, ms: number): Promise<void> {
  const record = JSON.parse((await redis.hget(keys.sessions.records, id)) ?? '') as SessionRecord
  const endsAt = Date.now() + ms
  await redis.hset(keys.sessions.records, id, JSON.stringify({ ...record, endsAt }))
}

/** How many sessions each key has. */
async function counts({ redis, keys: { sessions } }: Engine): Promise<number[]> {
  return [await redis.hlen(sessions.records), await redis.zcard(sessions.expiries), await redis.zcard(sessions.ids)]
}

describe('a session', () => {
  engineTest('is stored with the hash of its secret, and the secret is stored nowhere', async ({ engine }) => {
    const { session, text } = await createSession(engine, OWNER)

    const { id, secret } = readSessionText(text) ?? { id: '', secret: '' }
    const found = await findSession(engine, id)
    expect(id).toBe(session.id)
    expect(isSecretOf(secret, found?.hash ?? '')).toBe(true)
    expect(found?.session.owner).toEqual(OWNER)
    expect(JSON.stringify(await engine.redis.hgetall(engine.keys.sessions.records))).not.toContain(secret)
  })

  engineTest('lasts for twelve hours from its last use', async ({ engine }) => {
    const { session } = await createSession(engine, OWNER)
    await expireAt(engine, session.id, Date.now() + MINUTE_MS)

    const before = await findSession(engine, session.id)
    await prolongSession(engine, session)

    const after = await findSession(engine, session.id)
    expect([before, after].map((found) => found && isProlongationDue(found))).toEqual([true, false])
    expect(after?.session.expiresAt.getTime()).toBeGreaterThan(Date.now() + SESSION_IDLE_MS - MINUTE_MS)
  })

  engineTest('lasts for seven days at most, however much it is used', async ({ engine }) => {
    const { session } = await createSession(engine, OWNER)
    expect(session.endsAt.getTime() - session.createdAt.getTime()).toBe(SESSION_MAX_AGE_MS)
    await endIn(engine, session.id, 2 * MINUTE_MS)
    await expireAt(engine, session.id, Date.now() + MINUTE_MS / 2)
    const old = await findSession(engine, session.id)

    await prolongSession(engine, old?.session ?? session)

    const prolonged = await findSession(engine, session.id)
    expect(prolonged?.session.expiresAt).toEqual(old?.session.endsAt)
    expect(prolonged && isProlongationDue(prolonged)).toBe(false)
  })

  engineTest('is not found once it has expired, and is not prolonged then', async ({ engine }) => {
    const { session } = await createSession(engine, OWNER)
    await expireAt(engine, session.id, await redisNow(engine))

    await prolongSession(engine, session)

    expect(await findSession(engine, session.id)).toBeUndefined()
  })

  engineTest(
    'leaves nothing once it has ended, also if it is prolonged at that moment',
    async ({ engine, openRivals }) => {
      const [rival = engine] = await openRivals(1)
      for (let i = 0; i < 50; i += 1) {
        const { session } = await createSession(engine, OWNER)

        await Promise.all([prolongSession(rival, session), endSession(engine, session.id)])

        expect(await counts(engine)).toEqual([0, 0, 0])
      }
    },
  )

  engineTest('that ends is announced to all processes, and ending it twice is no error', async ({ engine }) => {
    const { session } = await createSession(engine, OWNER)
    const received: Signal[] = []
    const stop = await receiveSignals(engine, (signal) => void received.push(signal))

    const ended = [await endSession(engine, session.id), await endSession(engine, session.id)]

    expect(ended).toEqual([true, false])
    await expect.poll(() => received).toContainEqual({ kind: 'session', id: session.id })
    await stop()
  })
})

describe('sessions', () => {
  engineTest('of one owner are bounded: one more ends the one that expires first', async ({ engine, openRivals }) => {
    const { session: idle } = await createSession(engine, OWNER)
    await expireAt(engine, idle.id, Date.now() + MINUTE_MS)
    const other = await createSession(engine, { kind: 'key', keyId: '7Yb3kQ0pXz2N' })
    const received: Signal[] = []
    const stop = await receiveSignals(engine, (signal) => void received.push(signal))
    const rivals = await openRivals(4)

    await Promise.all(Array.from({ length: 40 }, (_, i) => createSession(rivals[i % rivals.length] ?? engine, OWNER)))

    expect(await counts(engine)).toEqual(Array(3).fill(MAX_SESSIONS_OF_OWNER + 1))
    expect(await findSession(engine, idle.id)).toBeUndefined()
    expect(await findSession(engine, other.session.id)).toBeDefined()
    await expect.poll(() => received.length).toBe(41 - MAX_SESSIONS_OF_OWNER)
    expect(received).toContainEqual({ kind: 'session', id: idle.id })
    await stop()
  })

  engineTest('that have expired are deleted when another one begins, and all in the end', async ({ engine }) => {
    for (let i = 0; i < 3; i += 1) {
      const { session } = await createSession(engine, OWNER)
      await expireAt(engine, session.id, Date.now() - 1000)
    }

    await createSession(engine, OWNER)

    expect(await counts(engine)).toEqual([1, 1, 1])
    for (const key of Object.values(engine.keys.sessions)) {
      expect(await engine.redis.pttl(key)).toBeGreaterThan(SESSION_MAX_AGE_MS - MINUTE_MS)
    }
  })
})

describe('the list of sessions', () => {
  const OTHER = { kind: 'key', keyId: '7Yb3kQ0pXz2N' } as const
  const PERSON = {
    kind: 'oidc',
    issuer: 'https://login.example/',
    subject: 'ada',
    name: 'Ada',
    role: 'viewer',
    tenant: 'zebra',
    queues: ['llm-*'],
  } as const

  /** Reads all pages of two sessions. */
  async function idsOf(engine: Engine, ownerId?: string): Promise<string[]> {
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await listSessions(engine, { pageSize: 2, cursor, ownerId })
      expect(page.sessions.length).toBeLessThanOrEqual(2)
      ids.push(...page.sessions.map(({ id }) => id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    return ids
  }

  engineTest('has each session once, of all owners or of one, by pages', async ({ engine }) => {
    const created: Record<string, string[]> = { key: [], other: [], person: [] }
    for (let i = 0; i < 3; i += 1) {
      created['key']?.push((await createSession(engine, OWNER)).session.id)
      created['other']?.push((await createSession(engine, OTHER)).session.id)
      created['person']?.push((await createSession(engine, PERSON)).session.id)
    }

    expect((await idsOf(engine)).toSorted()).toEqual(Object.values(created).flat().toSorted())
    expect((await idsOf(engine, OWNER.keyId)).toSorted()).toEqual(created['key']?.toSorted())
    expect((await idsOf(engine, personIdOf(PERSON))).toSorted()).toEqual(created['person']?.toSorted())
    expect(await idsOf(engine, '000000000000')).toEqual([])
    const { sessions } = await listSessions(engine, { pageSize: 1, ownerId: personIdOf(PERSON) })
    expect(sessions).toMatchObject([{ owner: PERSON }])
    expect(JSON.stringify(sessions)).not.toContain('hash')
  })

  engineTest('has none that has expired or ended, and goes on behind a page of them', async ({ engine }) => {
    const created = await Promise.all([1, 2, 3, 4, 5].map(() => createSession(engine, OWNER)))
    const [first = '', second = '', third = '', ...rest] = created.map(({ session }) => session.id).toSorted()
    await expireAt(engine, first, Date.now() - 1000)
    await expireAt(engine, second, Date.now() - 1000)
    await endSession(engine, third)

    expect(await idsOf(engine)).toEqual(rest)
  })

  engineTest('refuses the cursor of another list', async ({ engine }) => {
    const { session } = await createSession(engine, OTHER)

    for (const cursor of [session.id, 'x', `${OWNER.keyId}~`]) {
      await expect(listSessions(engine, { pageSize: 1, cursor, ownerId: OWNER.keyId })).rejects.toThrow(
        CursorInvalidError,
      )
    }
  })
})
