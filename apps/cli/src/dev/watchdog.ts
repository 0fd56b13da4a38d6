import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Reads lines with the ids of all processes until its input ends, as it does however the command ends, and then ends those of
 * the last line: first so that a container is removed, and a second later in any case. Processes that have ended are in no
 * later line, because the system gives their ids to others.
 */
const SCRIPT = `
  PATH=/usr/bin:/bin
  pids=
  while read -r line; do pids=$line; done
  [ -z "$pids" ] || { kill -TERM $pids; sleep 1; kill -KILL $pids; }
  [ -z "$1" ] || rm -rf "$1"
`

/** A process that ends others, and deletes a folder, when this process has been killed. */
export class Watchdog {
  readonly #shell: ChildProcess

  /** `folder` is deleted at the end. Empty: none is. */
  constructor(folder: string) {
    // In a group of its own, where a Ctrl-C that ends this process does not reach it.
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#shell.unref()
    const input = this.#shell.stdin as Socket
    input.unref()
  }

  /** Watches these processes, and no others. */
  watch(pids: readonly number[]): void {
    this.#shell.stdin?.write(`${pids.join(' ')}\n`)
  }

  /** Ends no process: they have ended. */
  callOff(): void {
    this.#shell.kill('SIGKILL')
  }
}
