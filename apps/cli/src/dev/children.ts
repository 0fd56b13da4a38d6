import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from '../exit-codes.ts'
import { Watchdog } from './watchdog.ts'

/** A process to start. */
export interface Program {
  /** Begins a sentence, such as `The API`. */
  name: string
  command: readonly [program: string, ...args: string[]]
  env?: Readonly<Record<string, string | undefined>>
  isReady: () => Promise<boolean>
  /** Receives what it writes, line by line. Default: only its last lines are kept, for the case that it fails. */
  log?: ((line: string) => void) | undefined
  /** Starts it again when it ends after it was ready, and says so here. Default: its end is a failure. */
  onRestart?: (sentence: string) => void
}

const READY_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 50

/** More than the API and workers give to what is running. */
const STOP_WITHIN_MS = 12_000

const LINES_OF_A_FAILURE = 20

const RESTART_AFTER_MS = 1000

/** A process that ends this soon after it was ready, or before, has ended early. */
const EARLY_MS = 10_000

/** A process that has ended early so often in a row is not started again. */
const MAX_EARLY_ENDS = 5

interface Child {
  program: Program
  process: ChildProcess
  lastLines: string[]
  /** By `performance.now()`. Undefined: it is not ready yet. */
  readyAt?: number
  /** How often the program has ended before, in a row. 0: it was started for the first time. */
  endsBefore: number
}

/** Processes that run as long as this one: they end with it, even if it is killed. */
export class Children {
  readonly #watchdog: Watchdog
  readonly #children: Child[] = []
  #isStopping = false
  #fail: (error: CommandError) => void = () => {}
  /** Rejects when one of them ends by itself, and is not started again. */
  readonly failed = new Promise<never>((_, reject) => {
    this.#fail = reject
  })

  /** `folder` is deleted if this process is killed. Empty: none is. */
  constructor(folder: string) {
    this.#watchdog = new Watchdog(folder)
    this.failed.catch(() => {})
  }

  /** Starts a process, and resolves once it is ready. Throws if all are being stopped. */
  async start(program: Program): Promise<void> {
    if (this.#isStopping) throw new CommandError('', 130)
    await Promise.race([this.failed, this.#untilReady(this.#spawn(program, 0))])
  }

  /** Ends all of them, the last one first. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const { process: child } of this.#children.toReversed()) await end(child)
    this.#watchdog.callOff()
  }

  #spawn(program: Program, endsBefore: number): Child {
    const [file, ...args] = program.command
    // In a group of its own, because Ctrl-C reaches the whole group at once, and Redis must end last.
    const child = spawn(file, args, { env: program.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const one: Child = { program, process: child, lastLines: [], endsBefore }
    this.#children.push(one)
    this.#watch()
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        program.log?.(line)
        one.lastLines = [...one.lastLines, line].slice(-LINES_OF_A_FAILURE)
      })
    }
    child.on('error', (error) => one.lastLines.push(error.message))
    child.once('close', () => this.#noteEnd(one))
    return one
  }

  #watch(): void {
    this.#watchdog.watch(this.#children.flatMap(({ process: { pid } }) => pid ?? []))
  }

  #noteEnd(one: Child): void {
    if (this.#isStopping) return
    this.#children.splice(this.#children.indexOf(one), 1)
    this.#watch()
    const { program, endsBefore } = one
    const ends = isEarly(one) ? endsBefore + 1 : 1
    const wasStarted = one.readyAt !== undefined || endsBefore > 0
    if (program.onRestart === undefined || !wasStarted || ends > MAX_EARLY_ENDS)
      return this.#fail(new CommandError(describeEnd(one), 1))
    program.onRestart(`${program.name} has ended (${howEnded(one)}). It is started again.`)
    void this.#restart(program, ends)
  }

  async #restart(program: Program, endsBefore: number): Promise<void> {
    await sleep(RESTART_AFTER_MS, undefined, { ref: false })
    if (this.#isStopping) return
    await this.#untilReady(this.#spawn(program, endsBefore)).catch((error: unknown) =>
      this.#fail(error as CommandError),
    )
  }

  async #untilReady(one: Child): Promise<void> {
    const { name, isReady } = one.program
    const deadline = performance.now() + READY_WITHIN_MS
    while (!(await isReady())) {
      if (this.#isStopping || hasEnded(one.process)) return
      if (performance.now() > deadline) throw new CommandError(`${name} was not ready within a minute.`, 1)
      await sleep(LOOK_EVERY_MS)
    }
    one.readyAt = performance.now()
  }
}

function isEarly({ readyAt }: Child): boolean {
  return readyAt === undefined || performance.now() - readyAt < EARLY_MS
}

function howEnded({ process: { exitCode, signalCode } }: Child): string {
  return signalCode ?? `exit code ${exitCode}`
}

function describeEnd(one: Child): string {
  const { program, lastLines, endsBefore } = one
  const often = endsBefore >= MAX_EARLY_ENDS ? ` ${endsBefore + 1} times in a row soon after its start` : ''
  const said = lastLines.length === 0 ? '' : ` Its last lines:\n${lastLines.join('\n')}`
  return `${program.name} has ended${often} (${howEnded(one)}).${said}`
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
  clearTimeout(timer)
}
