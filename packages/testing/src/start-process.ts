import { spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RunningProcess } from './running-process.ts'

/** The program: a TypeScript or JavaScript file for Node, or any command. */
type Program = { entry: string | URL; command?: never } | { command: string; entry?: never }

export type StartProcessOptions = Program & {
  args?: readonly string[]
  /** Added to the harness's own environment, of which SLUICE_…, MOCK_…, VITEST… and NODE_ENV are left out. */
  env?: Readonly<Record<string, string>>
  /** Working directory. Default: the harness's. */
  cwd?: string
  /** It is ready once its output matches this, or once a GET of this URL is answered with 2xx. */
  ready: RegExp | string
  /** Default: 60,000, as a busy machine takes its time. */
  readyTimeoutMs?: number
}

/** A process that ended, or stayed silent, before it was ready. */
export class ProcessNotReadyError extends Error {
  override readonly name = 'ProcessNotReadyError'
  /** All it had to say. */
  readonly output: string

  constructor(running: RunningProcess, reason: string) {
    super(`${running.describe()} ${reason}`)
    this.output = running.output
  }
}

/**
 * Starts a program as a process of its own and waits until it is ready. Node entries run from source.
 *
 * @throws {ProcessNotReadyError} with the tail of its output when it ends first, or takes too long.
 */
export async function startProcess(options: StartProcessOptions): Promise<RunningProcess> {
  const [command, ...args] = commandLine(options)
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inheritedEnvironment(), ...options.env },
    cwd: options.cwd,
  })
  const running = new RunningProcess(child)
  await waitUntilReady(running, options)
  return running
}

function commandLine({ entry, command, args = [] }: StartProcessOptions): [string, ...string[]] {
  if (command !== undefined) return [command, ...args]
  const file = entry instanceof URL ? fileURLToPath(entry) : entry
  return [process.execPath, '--conditions=@sluice/source', file, ...args]
}

/** Without what is meant for the tests: our processes refuse settings they do not know. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _, ...env } = process.env
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(SLUICE|MOCK|VITEST)(_|$)/.test(name)))
}

async function waitUntilReady(running: RunningProcess, options: StartProcessOptions): Promise<void> {
  const { ready, readyTimeoutMs = 60_000 } = options
  const deadline = performance.now() + readyTimeoutMs
  while (!(await isReady(running, ready))) {
    if (running.hasExited) throw new ProcessNotReadyError(running, `ended before it was ready (${await how(running)})`)
    if (performance.now() > deadline) {
      await running.kill()
      throw new ProcessNotReadyError(running, `was not ready after ${readyTimeoutMs} ms`)
    }
    await setTimeout(5)
  }
}

async function isReady(running: RunningProcess, ready: RegExp | string): Promise<boolean> {
  if (ready instanceof RegExp) return running.output.search(ready) !== -1
  try {
    const response = await fetch(ready, { signal: AbortSignal.timeout(1000) })
    await response.body?.cancel()
    return response.ok && !running.hasExited
  } catch {
    return false
  }
}

async function how(running: RunningProcess): Promise<string> {
  const { code, signal } = await running.exited
  return signal ?? `exit code ${code}`
}
