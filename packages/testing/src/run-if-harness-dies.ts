import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Has a command run when this process ends, in whatever way: a shell waits for the end of a pipe that only we hold, so
 * that even after SIGKILL nothing we started is left behind.
 *
 * @returns a function that calls it off.
 */
export function runIfHarnessDies(command: readonly string[]): () => void {
  const shell = spawn('sh', ['-c', 'read -r _; "$@"', 'sh', ...command], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // In a group of its own, where a Ctrl-C that ends the harness does not reach it.
    detached: true,
  })
  shell.unref()
  const pipe = shell.stdin as Socket
  pipe.unref()
  return () => void shell.kill('SIGKILL')
}
