import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { COMMAND, inheritedEnvironment } from './cli-test.ts'

/** `script` of util-linux runs a command in a terminal of its own. */
export const hasScript = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
})()

/** Runs a command in a terminal of this width, and returns all that the terminal received. */
export async function runInTerminal(
  args: readonly string[],
  { columns, env }: { columns: number; env: Record<string, string> },
) {
  const quoted = [...COMMAND, ...args].map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ')
  const child = spawn('script', ['-qefc', `stty cols ${columns} rows 24; ${quoted}`, '/dev/null'], {
    env: { ...inheritedEnvironment(), TERM: 'xterm-256color', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (part) => (output += String(part)))
  await once(child, 'close')
  return { code: child.exitCode, output }
}
