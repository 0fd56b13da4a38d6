import { identity, may, sluice } from './session.ts'
import { useQuery } from './use-query.ts'

const EVERY_MS = 60_000

/** API keys that are looked through at most. */
const MOST_KEYS = 2000

/**
 * The names of API keys by their ids, as far as the person may read them: all, or that of their own key.
 *
 * @param ids the keys that are looked for.
 */
export function useKeyNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const wanted = [...new Set(ids)].toSorted()
  const isOff = wanted.length === 0 || !may('keys:read')
  const { data } = useQuery(`names of ${wanted.join()}`, (signal) => readNames(wanted, signal), {
    everyMs: EVERY_MS,
    isOff,
  })
  return data ?? ownName()
}

function ownName(): ReadonlyMap<string, string> {
  const { value } = identity
  if (value.kind !== 'signed_in') return new Map()
  const { keyId, name } = value.session
  return new Map(keyId === null || name === null ? [] : [[keyId, name]])
}

async function readNames(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const missing = new Set(ids)
  const names = new Map<string, string>()
  let seen = 0
  for await (const { id, name } of sluice.keys.list({ pageSize: 200 }, { signal, maxRetries: 0 })) {
    seen += 1
    if (missing.delete(id)) names.set(id, name)
    if (missing.size === 0 || seen === MOST_KEYS) break
  }
  return names
}
