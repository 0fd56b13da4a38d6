import type { ChildProcess } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { runIfHarnessDies } from './run-if-harness-dies.ts'

/** How a process ended: by itself with a code, or by a signal. Neither when it could not be started. */
export interface ProcessExit {
  code: number | null
  signal: NodeJS.Signals | null
}

const LONGEST_OUTPUT = 1_000_000

/**
 * A program under test. It runs until it exits, is stopped or is killed; `exited` then holds how. It never outlives
 * the process that runs the tests.
 */
export class RunningProcess implements AsyncDisposable {
  readonly exited: Promise<ProcessExit>
  readonly #child: ChildProcess
  #output = ''
  #exit: ProcessExit | undefined

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#append(text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#append(text))
    child.on('error', (error) => this.#append(`${error.message}\n`))

    const callOff = child.pid === undefined ? undefined : runIfHarnessDies(['kill', '-9', String(child.pid)])
    child.once('exit', () => callOff?.())
    this.exited = new Promise((resolve) => {
      // Not "exit": the last of the output may come after that.
      child.once('close', () => resolve((this.#exit = { code: child.exitCode, signal: child.signalCode })))
    })
  }

  /** The process id; undefined when the program could not be started. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Standard output and standard error so far, as they came (at most the last million characters). */
  get output(): string {
    return this.#output
  }

  get hasExited(): boolean {
    return this.#exit !== undefined
  }

  /**
   * Asks it to end and waits until it has. When it does not, it is killed and this throws. Safe to call again.
   *
   * @param signal Default: SIGTERM.
   * @param timeoutMs Default: 10,000.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 10_000): Promise<ProcessExit> {
    if (!this.hasExited) this.#child.kill(signal)
    const exit = await Promise.race([this.exited, setTimeout(timeoutMs, undefined, { ref: false })])
    if (exit !== undefined) return exit

    await this.kill()
    throw new Error(`${this.describe()} was still running ${timeoutMs} ms after ${signal}, and was killed`)
  }

  /** Ends it as a crash would, without letting it do anything more (SIGKILL). */
  kill(): Promise<ProcessExit> {
    if (!this.hasExited) this.#child.kill('SIGKILL')
    return this.exited
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop().then(() => undefined)
  }

  /** Its command and the tail of its output, for an error. */
  describe(): string {
    const tail = this.#output.trimEnd().split('\n').slice(-30).join('\n')
    return `Process "${this.#child.spawnargs.join(' ')}" (its last output:\n${tail || '(none)'}\n)`
  }

  #append(text: string): void {
    this.#output = (this.#output + text).slice(-LONGEST_OUTPUT)
  }
}
