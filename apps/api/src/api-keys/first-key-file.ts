import { randomUUID } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import {
  addFirstApiKey,
  type ApiKeyText,
  type Engine,
  findApiKey,
  newApiKeyText,
  readApiKeyText,
  writeApiKey,
} from '@sluice/engine'
import { auditNewKey } from '../audit/audit-new-key.ts'

/** The file of the first API key. */
export interface FirstKeyFile {
  path: string
  key: ApiKeyText
  /** Whether this process has written the file. */
  isNew: boolean
}

/** The owner may read and write it, and no other user may do anything. */
const OWNER_ONLY = 0o600

/** The file of the first API key contains something else. */
class KeyFileInvalidError extends Error {
  override readonly name = 'KeyFileInvalidError'
}

/**
 * Reads the file with the first API key. If it does not exist, it is written with a new key: several processes that share
 * a folder agree on one. Throws if the file contains anything else, or cannot be read or written.
 */
export async function openFirstKeyFile(path: string): Promise<FirstKeyFile> {
  const existing = await readKeyFile(path)
  if (existing) return { path, key: existing, isNew: false }
  const key = newApiKeyText()
  // A link appears at once and complete, so that no other process reads half a key.
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${writeApiKey(key)}\n`, { mode: OWNER_ONLY })
  try {
    await link(draft, path)
    return { path, key, isNew: true }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return await openFirstKeyFile(path)
  } finally {
    await unlink(draft)
  }
}

async function readKeyFile(path: string): Promise<ApiKeyText | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const key = readApiKeyText(text.trim())
  if (key) return key
  throw new KeyFileInvalidError(
    `SLUICE_BOOTSTRAP_KEY_FILE: ${path} does not contain an API key. Delete the file: a new key is then written.`,
  )
}

/**
 * Stores the API key of the file, if the installation has none. Returns whether the key exists then. If it does not, a
 * file that this process has written is deleted again: what it contains never works.
 */
export async function storeFirstKey(engine: Engine, { path, key, isNew }: FirstKeyFile): Promise<boolean> {
  const isStored = await addFirstApiKey(engine, key)
  if (isStored) await auditNewKey(engine, 'file', key.id)
  // Another process that shares the folder may have stored it.
  const exists = isStored || (await findApiKey(engine, key.id)) !== undefined
  if (!exists && isNew) await unlink(path)
  return exists
}
