import { readFileSync } from 'node:fs'
import { ConnectionError, type Retry, Sluice } from '@sluice/client'
import type { Command } from 'commander'
import { CommandError, UsageError } from './exit-codes.ts'
import type { Format } from './output/formats.ts'
import { duration } from './output/words.ts'
import { fetchStreaming } from './streamed-body.ts'
import { findProfile, readProfiles } from './profile/profile-file.ts'

/** Options that every command takes. */
interface GlobalOptions {
  server: string
  profile?: string
  profilePath: string
  keyFile?: string
  apiKey?: string
  format: Format
  json?: true
  quiet?: true
}

/** What commands work with. */
export interface Context {
  sluice: Sluice
  server: string
  format: Format
  isQuiet: boolean
  /** Makes a request once, and returns its answer with any status. */
  send: (method: string, path: string, body: string | undefined) => Promise<Response>
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
}

/** Reads the options that every command takes. Throws a `UsageError` for those that cannot be used. */
export function contextOf(command: Command): Context {
  const options = command.optsWithGlobals<GlobalOptions>()
  const { server, apiKey } = accessOf(command, options)
  const signal = untilInterrupted()
  const isQuiet = options.quiet ?? false
  return {
    sluice: connect(server, apiKey, isQuiet ? undefined : showRetry),
    server,
    format: options.json ? 'json' : options.format,
    isQuiet,
    send: (method, path, body) => send(`${server.replace(/\/+$/, '')}${path}`, { method, body, apiKey, signal }),
    signal,
  }
}

/** The API and the key. An option counts before a variable, and that before the profile, unless an option names it. */
function accessOf(command: Command, { profile: name, profilePath, keyFile, ...given }: GlobalOptions) {
  const sourceOf = (option: string) => command.getOptionValueSourceWithGlobals(option)
  const profile = findProfile(readProfiles(profilePath), name)
  const isNamed = sourceOf('profile') === 'cli'
  const isGiven = sourceOf('server') === 'cli' || (sourceOf('server') === 'env' && !isNamed)
  const server = isGiven || profile === undefined ? given.server : profile.url
  // The key of a profile goes to no other API.
  const kept = profile?.url === server ? profile.apiKey : undefined
  const apiKey = isNamed ? (kept ?? given.apiKey) : (given.apiKey ?? kept)
  return { server, apiKey: keyFile === undefined ? apiKey : readKey(keyFile) }
}

/** What commands that change profiles work with. */
export interface ProfileContext {
  /** The file of the profiles. */
  path: string
  /** The profile that an option or a variable names. */
  name: string | undefined
  server: string
  /** Whether an option or a variable names the server. */
  isServerGiven: boolean
  keyFile: string | undefined
  format: Format
  isQuiet: boolean
}

/** Reads the options of commands that change profiles. They may name a profile that does not exist yet. */
export function profileContextOf(command: Command): ProfileContext {
  const {
    profilePath,
    profile,
    server,
    keyFile,
    format,
    json,
    quiet = false,
  } = command.optsWithGlobals<GlobalOptions>()
  const isServerGiven = command.getOptionValueSourceWithGlobals('server') !== 'default'
  const shown = json ? 'json' : format
  return { path: profilePath, name: profile, server, isServerGiven, keyFile, format: shown, isQuiet: quiet }
}

interface RawRequest {
  method: string
  body: string | undefined
  apiKey: string | undefined
  signal: AbortSignal
}

async function send(url: string, { method, body, apiKey, signal }: RawRequest): Promise<Response> {
  const headers = {
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  try {
    return await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) })
  } catch (cause) {
    signal.throwIfAborted()
    throw new ConnectionError(`The API at ${new URL(url).origin} cannot be reached.`, { cause })
  }
}

/** The first repetitions come within two seconds, and need no explanation. */
const SILENT_RETRIES = 2

function showRetry({ error, retry, delayMs }: Retry): void {
  if (retry > SILENT_RETRIES) process.stderr.write(`${error.message} Trying again in ${duration(delayMs)}.\n`)
}

/** A client of an API. Throws a `UsageError` for an address or a key that cannot be one. */
export function connect(server: string, apiKey: string | undefined, onRetry?: (retry: Retry) => void): Sluice {
  try {
    const headers = { 'user-agent': 'sluice-cli' }
    return new Sluice({ url: server, apiKey, headers, fetch: fetchStreaming, onRetry })
  } catch (error) {
    throw new UsageError(
      (error as Error).message.replace('The option url', '--server').replace('The option apiKey', 'The API key'),
    )
  }
}

/** Reads a key from a file. Throws a `UsageError` if it cannot be read. */
export function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`--key-file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

let interrupted: AbortController | undefined

/**
 * Aborted by Ctrl-C, or by other signals that ask the process to end, with a reason that has the exit code. The second one
 * ends the process at once.
 */
export function untilInterrupted(...signals: readonly NodeJS.Signals[]): AbortSignal {
  if (interrupted === undefined) {
    const controller = (interrupted = new AbortController())
    for (const name of signals.length === 0 ? (['SIGINT'] as const) : signals) {
      process.once(name, () => controller.abort(new CommandError('', 130)))
    }
  }
  return interrupted.signal
}
