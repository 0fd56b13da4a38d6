import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { UsageError } from '../exit-codes.ts'

/** An API and how to authenticate with it. */
export interface Profile {
  url: string
  apiKey?: string
}

/** All profiles, by name. */
export interface Profiles {
  /** The name of the profile that commands use. */
  current?: string
  profiles: Record<string, Profile>
}

/** Where the profiles are kept: `$XDG_CONFIG_HOME/sluice/config.json`, by default below `~/.config`. */
export function profilePath(env: Readonly<Record<string, string | undefined>>): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'sluice', 'config.json')
}

/**
 * Reads the profiles. A file that does not exist has none.
 *
 * @throws {UsageError} for a file that is not what `writeProfiles` writes.
 */
export function readProfiles(path: string): Profiles {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { profiles: {} }
    throw new UsageError(`${path} cannot be read (${code}).`)
  }
  const value = parse(text)
  if (value === undefined) throw new UsageError(`${path} is not a file of profiles. Repair or delete it.`)
  return value
}

function parse(text: string): Profiles | undefined {
  try {
    const value = JSON.parse(text) as Profiles | null
    const all = Object.values(value?.profiles ?? { none: undefined })
    return all.every((profile) => typeof profile?.url === 'string') && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** Writes the profiles, as a whole, so that only their owner can read them. */
export function writeProfiles(path: string, profiles: Profiles): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${JSON.stringify(profiles, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

/**
 * The profile of a name, or the current one. Undefined: there is no current one.
 *
 * @throws {UsageError} for a name that no profile has.
 */
export function findProfile({ current, profiles }: Profiles, name: string | undefined): Profile | undefined {
  const wanted = name ?? current
  if (wanted === undefined) return undefined
  const profile = Object.hasOwn(profiles, wanted) ? profiles[wanted] : undefined
  if (profile !== undefined) return profile
  const known = Object.keys(profiles).join(', ') || 'none'
  throw new UsageError(
    `There is no profile "${wanted}". Profiles: ${known}. Add one with: sluice profile add ${wanted}`,
  )
}

/** A key as it may be shown: who sees it cannot use it. */
export function shortKey(apiKey: string): string {
  return apiKey.length < 20 ? '…' : `${apiKey.slice(0, 7)}…${apiKey.slice(-2)}`
}
