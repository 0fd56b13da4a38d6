import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { completionScripts, type Shell } from '../../src/completion/scripts.ts'
import { choicesOf, nodesOf } from '../../src/completion/tree.ts'
import { createProgram } from '../../src/program.ts'

function scriptFor(shell: Shell): string {
  const program = createProgram({})
  return completionScripts[shell]({ nodes: nodesOf(program), choices: choicesOf(program) })
}

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0
}

/** What bash offers for the last of these words. */
function offeredByBash(...words: string[]): string[] {
  const program = `${scriptFor('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`
  const output = execFileSync('bash', ['--norc', '-uc', program, 'bash', ...words], { encoding: 'utf8' })
  return output.split('\n').filter((line) => line !== '')
}

describe.skipIf(!has('bash'))('bash completes', () => {
  test('commands', () => {
    expect(offeredByBash('sluice', 'ba')).toEqual(['batch'])
    expect(offeredByBash('sluice', '')).toEqual(expect.arrayContaining(['run', 'batch', 'queue', 'doctor']))
    expect(offeredByBash('sluice', 'batch', 'res')).toEqual(['results', 'resume'])
  })

  test('options, of a command and of all', () => {
    expect(offeredByBash('sluice', 'run', 'leads.csv', '--max-f')).toEqual(['--max-failed-tasks'])
    expect(offeredByBash('sluice', 'batch', 'list', '--s')).toEqual(['--state', '--server'])
    expect(offeredByBash('sluice', '--quiet', 'batch', 'get', '--j')).toEqual(['--json'])
  })

  test('values of options, and leaves the others to file names', () => {
    expect(offeredByBash('sluice', 'batch', 'list', '--format', 'nd')).toEqual(['ndjson'])
    expect(offeredByBash('sluice', 'run', '')).toEqual([])
  })
})

describe.each(['bash', 'zsh', 'fish'] as const)('the script for %s', (shell) => {
  test('has each command', () => {
    expect(scriptFor(shell)).toContain('batch interruptions')
  })

  test.skipIf(!has(shell))('is accepted by the shell', () => {
    expect(spawnSync(shell, ['-n'], { input: scriptFor(shell), encoding: 'utf8' }).stderr).toBe('')
  })
})
