import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from '../exit-codes.ts'
import { Watchdog } from './watchdog.ts'

/** A process to start. */
export interface Program {
  name: string
  command: readonly [program: string, ...args: string[]]
  env?: Readonly<Record<string, string | undefined>>
  isReady: () => Promise<boolean>
  /** Receives what it writes, line by line. Default: only its last lines are kept, for the case that it fails. */
  log?: ((line: string) => void) | undefined
}

const READY_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 50

/** More than the API and workers give to what is running. */
const STOP_WITHIN_MS = 12_000

const LINES_OF_A_FAILURE = 20

interface Child {
  name: string
  process: ChildProcess
  lastLines: string[]
}

/** Processes that run as long as this one: they end with it, even if it is killed. */
export class Children {
  readonly #watchdog: Watchdog
  readonly #children: Child[] = []
  #isStopping = false
  #fail: (error: CommandError) => void = () => {}
  /** Rejects when one of them ends by itself. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject
  })

  /** `folder` is deleted if this process is killed. Empty: none is. */
  constructor(folder: string) {
    this.#watchdog = new Watchdog(folder)
    this.failed.catch(() => {})
  }

  /** Starts a process, and resolves once it is ready. Throws if all are being stopped. */
  async start({ name, command: [program, ...args], env, isReady, log }: Program): Promise<void> {
    if (this.#isStopping) throw new CommandError('', 130)
    // In a group of its own, because Ctrl-C reaches the whole group at once, and Redis must end last.
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#watchdog.watch(child.pid)
    const one: Child = { name, process: child, lastLines: [] }
    this.#children.push(one)
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log?.(line)
        one.lastLines = [...one.lastLines, line].slice(-LINES_OF_A_FAILURE)
      })
    }
    child.on('error', (error) => one.lastLines.push(error.message))
    child.once('close', () => this.#noteEnd(one))
    await Promise.race([this.failed, this.#untilReady(one, isReady)])
  }

  /** Ends all of them, the last one first. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const { process: child } of this.#children.toReversed()) await end(child)
    this.#watchdog.callOff()
  }

  #noteEnd({ name, process: { exitCode, signalCode }, lastLines }: Child): void {
    if (this.#isStopping) return
    const how = signalCode === null ? `exit code ${exitCode}` : signalCode
    const said = lastLines.length === 0 ? '' : ` Its last lines:\n${lastLines.join('\n')}`
    this.#fail(new CommandError(`The ${name} has ended (${how}).${said}`, 1))
  }

  async #untilReady({ name }: Child, isReady: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS
    while (!(await isReady())) {
      if (this.#isStopping) return
      if (performance.now() > deadline) throw new CommandError(`The ${name} was not ready within a minute.`, 1)
      await sleep(LOOK_EVERY_MS)
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
  clearTimeout(timer)
}
