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
    'a run that stops says why once, and its report fits',
    { timeout: 180_000 },
    async ({ api, cli, file, upstream, startWorker }) => {
      await startWorker()
      const rows = await file('rows.csv', `path\n${'fail\n'.repeat(40)}`)
      const env = { SLUICE_URL: api.url }
      const args = ['run', rows, '--url', `${upstream}/{{path}}`, '--code', 'job', '--max-consecutive-failures', '3']

      const { code, output } = await runInTerminal(args, { columns: 80, env })

      expect(code).toBe(5)
      expect(stripVTControlCharacters(output).match(/attempts failed in a row/g)).toHaveLength(1)
      for (const columns of [80, 200]) {
        const report = await runInTerminal(['batch', 'report', 'code:job'], { columns, env })
        const lines = stripVTControlCharacters(report.output).split(/[\r\n]+/)
        expect(lines.some((line) => line.startsWith('LATEST'))).toBe(true)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
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
