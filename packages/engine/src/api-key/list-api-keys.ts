import type { Engine } from '../engine.ts'
import { CursorInvalidError } from '../errors.ts'
import { type ApiKey, type ApiKeyRecord, showApiKey } from '../model/api-key.ts'
import type { NamePageRequest } from '../settings/page-of-names.ts'

/** One page of the list of API keys. */
export interface ApiKeyPage {
  apiKeys: ApiKey[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

/** Lists API keys, newest first. Throws `CursorInvalidError`. */
export async function listApiKeys(engine: Engine, { pageSize, cursor }: NamePageRequest): Promise<ApiKeyPage> {
  const after = cursor === undefined ? undefined : positionOf(cursor)
  const all = (await readAllApiKeys(engine)).toSorted(newestFirst)
  const rest = after === undefined ? all : all.filter((apiKey) => newestFirst(after, apiKey) < 0)
  const apiKeys = rest.slice(0, pageSize)
  const last = apiKeys.at(-1)
  return { apiKeys, nextCursor: last && rest.length > pageSize ? `${last.createdAt.getTime()}.${last.id}` : null }
}

/** Reads all API keys. They are few: as many as the quota `maxApiKeys` allows, of some 300 bytes. */
export async function readAllApiKeys({ redis, keys: { apiKeys } }: Engine): Promise<ApiKey[]> {
  const [records, uses] = await Promise.all([redis.hgetall(apiKeys.records), redis.hgetall(apiKeys.uses)])
  return Object.entries(records).map(([id, json]) => {
    const usedAt = uses[id]
    return showApiKey(JSON.parse(json) as ApiKeyRecord, usedAt === undefined ? null : Number(usedAt))
  })
}

type Position = Pick<ApiKey, 'createdAt' | 'id'>

function newestFirst(a: Position, b: Position): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

function positionOf(cursor: string): Position {
  const [, createdAt, id] = /^(\d{1,15})\.([0-9A-Za-z]{12})$/.exec(cursor) ?? []
  if (createdAt === undefined || id === undefined) throw new CursorInvalidError(cursor)
  return { createdAt: new Date(Number(createdAt)), id }
}
