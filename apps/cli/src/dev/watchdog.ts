import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Reads the ids of processes until its input ends, as it does however the command ends, and then ends them:
 * first so that a container is removed, and a second later in any case.
 */
const SCRIPT = `
  PATH=/usr/bin:/bin
  pids=
  while read -r pid; do pids="$pids $pid"; done
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

  watch(pid: number | undefined): void {
    if (pid !== undefined) this.#shell.stdin?.write(`${pid}\n`)
  }

  /** Ends no process: they have ended. */
  callOff(): void {
    this.#shell.kill('SIGKILL')
  }
}
