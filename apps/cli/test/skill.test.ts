import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from '../src/program.ts'

const page = readFileSync(new URL('../SKILL.md', import.meta.url), 'utf8')

const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) => block.trimEnd().split('\n'))

function find(command: Command, words: readonly string[]): Command {
  const inner = command.commands.find((one) => one.name() === words[0])
  return inner === undefined ? command : find(inner, words.slice(1))
}

test.each(commands)('%s is a command with these options', (line) => {
  const program = createProgram({})
  const words = line.match(/'[^']*'|\S+/g)?.slice(1) ?? []
  const command = find(program, words)
  const known = [...command.options, ...program.options].flatMap(({ short, long }) => [short, long])

  expect(command).not.toBe(program)
  for (const option of words.filter((word) => word.startsWith('-'))) expect(known).toContain(option)
})

test('says the exit codes of the command line', () => {
  for (const code of [0, 2, 3, 4, 5, 6, 7, 8]) expect(page).toMatch(new RegExp(`\\b${code} [a-z]`))
})
