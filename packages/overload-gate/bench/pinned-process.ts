import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const canPin = spawnSync('taskset', ['-c', '0,1', 'true']).status === 0

/** A process with an IPC channel, pinned to its own core if the system supports it (`taskset` and two cores). */
export class PinnedProcess implements AsyncDisposable {
  readonly #child: ChildProcess

  constructor(entry: URL, core: 0 | 1, setup?: object) {
    const node = [
      process.execPath,
      ...process.execArgv,
      fileURLToPath(entry),
      ...(setup ? [JSON.stringify(setup)] : []),
    ]
    const [command = '', ...args] = canPin ? ['taskset', '-c', String(core), ...node] : node
    this.#child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  /** Returns the next message of the process. Rejects if the process ends without one. */
  async next<Message>(): Promise<Message> {
    const message = once(this.#child, 'message')
    const exit = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${this.#child.spawnargs.join(' ')} ended with ${String(code)}`)
    })
    const [value] = (await Promise.race([message, exit])) as [Message]
    exit.catch(() => {})
    return value
  }

  /** Sends a message and waits for the reply. */
  ask<Message>(message: object | string): Promise<Message> {
    this.#child.send(message)
    return this.next<Message>()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}
