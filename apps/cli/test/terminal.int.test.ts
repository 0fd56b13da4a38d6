import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect } from 'vitest'
import { cliTest, COMMAND, inheritedEnvironment } from './support/cli-test.ts'

/** `script` of util-linux runs a command in a terminal of its own. */
const hasScript = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux')
  } catch {
    return false
  }
})()

/** Runs a command in a terminal of this width, and returns all that the terminal received. */
async function runInTerminal(
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

describe.skipIf(!hasScript)('in a terminal', () => {
  cliTest(
    'a run shows a live picture that fits, and gives the cursor back',
    async ({ api, file, upstream, startWorker }) => {
      await startWorker()
      const rows = await file('rows.csv', `path\n${'ok\n'.repeat(20)}`)
      const args = ['run', rows, '--url', `${upstream}/{{path}}/50`, '--concurrency', '4', '--max-error-rate', '50%']

      for (const columns of [40, 80]) {
        const { code, output } = await runInTerminal(args, { columns, env: { SLUICE_URL: api.url } })

        expect(code).toBe(0)
        expect(output.lastIndexOf('\u001B[?25h')).toBeGreaterThan(output.lastIndexOf('\u001B[?25l'))
        expect(output).toContain('\u001B[32m')
        const lines = stripVTControlCharacters(output).split(/[\r\n]+/)
        expect(lines.some((line) => /^█+ 100 %$/.test(line))).toBe(true)
        const picture = lines.slice(lines.findIndex((line) => line.includes('is submitted')) + 1)
        for (const line of picture) expect(Array.from(line).length).toBeLessThanOrEqual(columns)
      }
    },
  )

  cliTest('nothing is coloured with NO_COLOR', async ({ api }) => {
    const { output } = await runInTerminal(['doctor'], { columns: 80, env: { SLUICE_URL: api.url, NO_COLOR: '1' } })

    expect(output).toContain('✓ The API at')
    expect(output).not.toContain('\u001B[3')
  })
})
