import { readFileSync } from 'node:fs'
import { ConnectionError, Sluice } from '@sluice/client'
import type { Command } from 'commander'
import { UsageError } from './exit-codes.ts'
import type { Format } from './output/formats.ts'

/** Options that every command takes. */
interface GlobalOptions {
  server: string
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
  const { server, keyFile, apiKey: given, format, json, quiet = false } = command.optsWithGlobals<GlobalOptions>()
  const apiKey = keyFile === undefined ? given : readKey(keyFile)
  const signal = untilInterrupted()
  return {
    sluice: connect(server, apiKey),
    server,
    format: json ? 'json' : format,
    isQuiet: quiet,
    send: (method, path, body) => send(`${server.replace(/\/+$/, '')}${path}`, { method, body, apiKey, signal }),
    signal,
  }
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
    throw new ConnectionError(`The API at ${new URL(url).origin} cannot be reached.`, { cause })
  }
}

function connect(server: string, apiKey: string | undefined): Sluice {
  try {
    return new Sluice({ url: server, apiKey, headers: { 'user-agent': 'sluice-cli' } })
  } catch (error) {
    throw new UsageError(
      (error as Error).message.replace('The option url', '--server').replace('The option apiKey', 'The API key'),
    )
  }
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`--key-file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

let interrupted: AbortController | undefined

/** Aborted by Ctrl-C, or by other signals that ask the process to end. The second one ends it at once. */
export function untilInterrupted(...signals: readonly NodeJS.Signals[]): AbortSignal {
  if (interrupted === undefined) {
    const controller = (interrupted = new AbortController())
    for (const name of signals.length === 0 ? (['SIGINT'] as const) : signals) {
      process.once(name, () => controller.abort())
    }
  }
  return interrupted.signal
}
