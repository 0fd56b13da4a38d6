import { spawnSync } from 'node:child_process'

/** Where a module failed to load: `:3` for its third line. Empty if that is unknown, or in another file. */
export function placeOfError(path: string, error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const line = lineIn(stack, path) ?? (error instanceof SyntaxError ? lineIn(checkSyntax(path), path) : undefined)
  return line === undefined ? '' : `:${line}`
}

/** Node prefixes the place of a syntax error, and lists the place of every other one among the calls. */
function lineIn(text: string, path: string): string | undefined {
  const at = text.indexOf(`${path}:`)
  return at === -1 ? undefined : /^\d+/.exec(text.slice(at + path.length + 1))?.[0]
}

/** The error of an ES module does not say where it is. Node prints it when it checks the file. */
function checkSyntax(path: string): string {
  return spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' }).stderr
}
