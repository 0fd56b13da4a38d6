import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { installPacked } from '@sluice/testing'
import { expect } from 'vitest'
import { cliTest, inheritedEnvironment } from './support/cli-test.ts'

const LINES = Number(process.env['CLI_LINES'] ?? 300_000)

/** 150 MB in the unit of the report. */
const MOST_KIB = 150_000_000 / 1024

const REPORT = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`

const memoryTest = cliTest
  .extend('main', async ({ folder }) => {
    await installPacked(folder, ['cli', 'client'])
    return join(folder, 'node_modules/@sluice/cli/dist/main.js')
  })
  .extend('peakOf', ({ main, api }) => async (args: readonly string[], input?: string) => {
    const child = spawn(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(REPORT)}`, main, ...args],
      {
        env: { ...inheritedEnvironment(), SLUICE_URL: api.url },
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    )
    if (input === undefined) child.stdin.end()
    else createReadStream(input).pipe(child.stdin)
    const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([child.exitCode, stderr]).toEqual([0, expect.anything()])
    return Number(/^peak (\d+)$/m.exec(stderr)?.[1])
  })

memoryTest(
  'uploads and downloads of any length take at most 150 MB',
  { timeout: 900_000 },
  async ({ folder, peakOf, cli }) => {
    const tasks = join(folder, 'tasks.ndjson')
    const rows = join(folder, 'rows.csv')
    const filling = 'x'.repeat(40)
    const lines = (line: (i: number) => string) => Array.from({ length: LINES }, (_, i) => `${line(i)}\n`).join('')
    await writeFile(
      tasks,
      lines((i) => `{"key":"k${i}","type":"none","payload":{"id":${i},"text":"${filling}"}}`),
    )
    await writeFile(rows, `id,name,text\n${lines((i) => `${i},n${i},${filling}`)}`)
    await cli(['batch', 'create', '--code', 'append'])
    const csv = ['run', rows, '--type', 'none', '--key', 'id', '--code', 'csv']

    const peaks: Record<string, number> = {
      file: await peakOf(['run', tasks, '--code', 'file', '--detach']),
      stdin: await peakOf(['run', '-', '--input-format', 'ndjson', '--code', 'stdin', '--detach'], tasks),
      append: await peakOf(['batch', 'append', 'code:append', tasks]),
      csv: await peakOf([...csv, '--detach']),
      skipping: await peakOf(['run', tasks, '--skip-invalid', '--code', 'skip', '--detach']),
      compressed: await peakOf(['run', tasks, '--compress', '--code', 'gzip', '--detach']),
    }
    await cli(['batch', 'cancel', 'code:file'])
    await cli(['batch', 'cancel', 'code:csv'])
    peaks['results'] = await peakOf(['batch', 'results', 'code:file', '-o', join(folder, 'out.ndjson')])
    peaks['results as csv'] = await peakOf(['batch', 'results', 'code:file', '-o', join(folder, 'out.csv')])
    peaks['joined'] = await peakOf([...csv, '--fail-on', 'none', '--join', '-o', join(folder, 'joined.csv')])

    console.log(peaks)
    for (const [what, peak] of Object.entries(peaks))
      expect([what, peak]).toEqual([what, expect.toSatisfy((kib: number) => kib <= MOST_KIB)])
  },
)
