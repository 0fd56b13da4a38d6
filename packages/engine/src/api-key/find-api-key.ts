import type { Engine } from '../engine.ts'
import { ApiKeyNotFoundError } from '../errors.ts'
import { type ApiKey, type ApiKeyRecord, showApiKey } from '../model/api-key.ts'
import { noteApiKeyUseScript } from '../scripts/note-api-key-use.ts'
import { readApiKeyScript } from '../scripts/read-api-key.ts'

/** What a process needs to know of an API key in order to authenticate by it. */
export interface FoundApiKey {
  apiKey: ApiKey
  /** The hash of its secret. */
  hash: string
  /** The record as Redis has it. */
  json: string
  /** The time of Redis's clock at which it was read, in ms since the epoch. */
  readAt: number
}

/** Finds an API key, expired or not. Returns undefined if it does not exist. */
export async function findApiKey({ redis, keys }: Engine, id: string): Promise<FoundApiKey | undefined> {
  const reply = await readApiKeyScript.run(redis, keys.apiKeys, { id })
  if (reply.kind === 'missing') return undefined
  const record = JSON.parse(reply.json) as ApiKeyRecord
  return { apiKey: showApiKey(record, reply.usedAt), hash: record.hash, json: reply.json, readAt: reply.now }
}

/** Reads an API key. Throws `ApiKeyNotFoundError`. */
export async function readApiKey(engine: Engine, id: string): Promise<ApiKey> {
  return (await findOrThrow(engine, id)).apiKey
}

/** Finds an API key. Throws `ApiKeyNotFoundError`. */
export async function findOrThrow(engine: Engine, id: string): Promise<FoundApiKey> {
  const found = await findApiKey(engine, id)
  if (!found) throw new ApiKeyNotFoundError(id)
  return found
}

/** How often the use of an API key is noted. */
const NOTE_EVERY_MS = 60_000

/** Notes that an API key is used, at most once a minute for all processes together. */
export async function noteApiKeyUse({ redis, keys }: Engine, id: string): Promise<void> {
  await noteApiKeyUseScript.run(redis, keys.apiKeys, { id, everyMs: NOTE_EVERY_MS })
}

/** Whether the last noted use of an API key is long enough past for another note. */
export function isUseDue({ apiKey: { lastUsedAt }, readAt }: FoundApiKey): boolean {
  return lastUsedAt === null || readAt - lastUsedAt.getTime() >= NOTE_EVERY_MS
}
