import { stripVTControlCharacters } from 'node:util'
import { describe, expect } from 'vitest'
import { cliTest } from './support/cli-test.ts'
import { hasScript, runInTerminal } from './support/terminal.ts'

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

  cliTest(
    'a run that stops says why once, and what shows it and the installation fits',
    { timeout: 180_000 },
    async ({ api, cli, file, upstream, startWorker }) => {
      await startWorker()
      const rows = await file('rows.csv', `path\n${'fail\n'.repeat(40)}`)
      const env = { SLUICE_URL: api.url }
      const args = ['run', rows, '--url', `${upstream}/{{path}}`, '--code', 'job', '--max-consecutive-failures', '3']

      const { code, output } = await runInTerminal(args, { columns: 80, env })

      expect(code).toBe(5)
      expect(stripVTControlCharacters(output).match(/attempts failed in a row/g)).toHaveLength(1)
      // The doctor has a long sentence to say about this batch.
      await cli(['run', await file('t.ndjson', `{"type":"${'x'.repeat(60)}","payload":1}\n`), '--detach'])
      const shown: [command: string, sign: RegExp][] = [
        ['batch get code:job', /^criterion/m],
        ['batch report code:job', /^LATEST/m],
        ['batch list', /^CODE/m],
        ['doctor', /^ {2}→ No worker/m],
        ['system', /^maintenance/m],
        ['whoami', /^may {7}session:read/m],
      ]
      for (const columns of [40, 80, 200]) {
        for (const [command, sign] of shown) {
          const text = stripVTControlCharacters((await runInTerminal(command.split(' '), { columns, env })).output)
          expect(text).toMatch(sign)
          const tooLong = text.split(/[\r\n]+/).filter((line) => Array.from(line).length > columns)
          expect([command, columns, tooLong]).toEqual([command, columns, []])
        }
      }
      expect((await cli(['batch', 'get', 'code:job'])).stdout).toContain('interrupted')
    },
  )

  cliTest('nothing is coloured with NO_COLOR', async ({ api }) => {
    const { output } = await runInTerminal(['doctor'], { columns: 80, env: { SLUICE_URL: api.url, NO_COLOR: '1' } })

    expect(output).toContain('✓ The API at')
    expect(output).not.toContain('\u001B[3')
  })
})
