import type { Engine } from '../engine.ts'
import { CursorInvalidError } from '../errors.ts'
import { OWNER_LENGTH, type Session, type SessionRecord, showSession } from '../model/session.ts'
import { redisNow } from '../redis-now.ts'

/** Which sessions to list. */
export interface SessionPageRequest {
  pageSize: number
  cursor?: string | undefined
  /** The id of an API key or a person: the beginning of the ids of its sessions. Default: all. */
  ownerId?: string | undefined
}

/** One page of the list of sessions. */
export interface SessionPage {
  sessions: Session[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

/**
 * Lists sessions by their owners, in the order of their ids. A page may have fewer than `pageSize`, because expired
 * sessions are left out. Throws `CursorInvalidError`.
 */
export async function listSessions(engine: Engine, request: SessionPageRequest): Promise<SessionPage> {
  const { redis, keys } = engine
  const { pageSize } = request
  const ids = await redis.zrangebylex(keys.sessions.ids, ...rangeOf(request), 'LIMIT', 0, pageSize + 1)
  const shown = ids.slice(0, pageSize)
  const sessions = shown.length === 0 ? [] : await readSessions(engine, shown)
  return { sessions, nextCursor: ids.length > pageSize ? (shown.at(-1) ?? null) : null }
}

/** "~" follows every character of an id. */
function rangeOf({ cursor, ownerId = '' }: SessionPageRequest): [from: string, to: string] {
  if (cursor !== undefined && !(ID.test(cursor) && cursor.startsWith(ownerId))) throw new CursorInvalidError(cursor)
  return [cursor === undefined ? `[${ownerId}` : `(${cursor}`, `(${ownerId}~`]
}

const ID = new RegExp(`^[0-9A-Za-z]{${2 * OWNER_LENGTH}}$`)

async function readSessions(engine: Engine, ids: string[]): Promise<Session[]> {
  const { redis, keys } = engine
  const [records, expiries, now] = await Promise.all([
    redis.hmget(keys.sessions.records, ...ids),
    redis.zmscore(keys.sessions.expiries, ...ids),
    redisNow(engine),
  ])
  return records.flatMap((json, i) => {
    const expiresAt = Number(expiries[i] ?? 0)
    // Between the commands, a session may have ended.
    return json === null || expiresAt <= now ? [] : [showSession(JSON.parse(json) as SessionRecord, expiresAt)]
  })
}
