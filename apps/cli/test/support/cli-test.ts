import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { installationTest } from '@sluice/testing'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** The command line, as a shell starts it. */
export const COMMAND = [process.execPath, '--conditions=@sluice/source', MAIN]

/** How a command ended, and what it wrote. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface CliOptions {
  env?: Record<string, string>
  input?: string
}

/** Starts the command line, with an input that ends when the caller ends it. */
export function startWithOpenInput(args: readonly string[], env: Record<string, string> = {}) {
  const [program = '', ...rest] = [...COMMAND, ...args]
  const child = spawn(program, rest, { env: { ...inheritedEnvironment(), ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  // A command that reads nothing closes its input.
  child.stdin.on('error', () => {})
  return child
}

/** Starts the command line. */
export function start(args: readonly string[], { env = {}, input }: CliOptions = {}) {
  const child = startWithOpenInput(args, env)
  child.stdin.end(input)
  return child
}

/** Without what is meant for the tests, and what a shell may say about colours and terminals. */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  const isOurs = /^(SLUICE|MOCK|VITEST)(_|$)|^(NODE_ENV|NO_COLOR|FORCE_COLOR|CI)$/
  const inherited = Object.entries(process.env).filter(([name]) => !isOurs.test(name))
  // No profiles of the user who runs the tests.
  return { ...Object.fromEntries(inherited), XDG_CONFIG_HOME: '/nonexistent' }
}

/** Runs the command line to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  const child = start(args, options)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

/** A test with the command line, an API, and a folder for files. */
export const cliTest = installationTest
  .extend(
    'cli',
    ({ api }) =>
      (args: readonly string[], options: CliOptions = {}) =>
        runCli(args, { ...options, env: { SLUICE_URL: api.url, ...options.env } }),
  )
  .extend('folder', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-cli-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    return folder
  })
  .extend('file', ({ folder }) => async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    await writeFile(path, content)
    return path
  })
