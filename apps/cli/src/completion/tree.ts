import type { Command } from 'commander'

/** What may follow one command. */
export interface Node {
  /** The words of the command after `sluice`, such as `batch list`. */
  path: string
  commands: string[]
  options: string[]
}

/** A command and all below it, as what may follow each. */
export function nodesOf(program: Command): Node[] {
  const globals = longOptions(program)
  return walk(program, '').map(({ path, command }) => ({
    path,
    commands: command.commands.map((inner) => inner.name()),
    options: [...new Set([...longOptions(command), ...globals, '--help'])],
  }))
}

/** Options that take one of a few values, by name. The same option has the same values everywhere. */
export function choicesOf(program: Command): Map<string, string[]> {
  const options = walk(program, '').flatMap(({ command }) => command.options)
  const chosen = options.flatMap(({ long, argChoices }) => (long && argChoices ? [[long, argChoices] as const] : []))
  return new Map(chosen)
}

function walk(command: Command, path: string): { path: string; command: Command }[] {
  const inner = command.commands.flatMap((one) => walk(one, path === '' ? one.name() : `${path} ${one.name()}`))
  return [{ path, command }, ...inner]
}

function longOptions(command: Command): string[] {
  return command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []))
}
