import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { until } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { cliTest, start } from '../support/cli-test.ts'

/** A busy machine starts dozens of processes slowly. */
const PATIENCE = { timeout: 180_000 }

const url = (path: string) => JSON.stringify({ payload: { url: `https://a.example/${path}` } })

describe('--skip-invalid', PATIENCE, () => {
  cliTest('leaves out what cannot be used, here and in the API, and keeps it in order', async ({ cli, file }) => {
    const lines = [
      url('0'),
      '{"payload":',
      '',
      '{"payload":{"url":"nowhere"}}',
      url('4'),
      '[]',
      '{"payload":{}}',
      url('7'),
    ]
    const path = await file('tasks.ndjson', lines.join('\r\n'))

    const { code, stdout, stderr } = await cli(['run', path, '--skip-invalid', '--code', 'job', '--detach'])

    expect(code).toBe(0)
    expect(stderr).toContain(`${path}:2:12: the line is not JSON (`)
    expect(stderr).toContain(`${path}:4: is not a task: payload/url must be`)
    expect(stderr).toContain(`${path}:6: the row is no task, because it has no payload.`)
    expect(stderr).toContain(`${path}:7: is not a task: payload/url is missing`)
    expect(stderr).toContain(`4 rows were left out, and kept in ${path}.rejected\n`)
    expect(await readFile(`${path}.rejected`, 'utf8')).toBe(
      '{"payload":\n{"payload":{"url":"nowhere"}}\n[]\n{"payload":{}}\n',
    )
    // The batch is complete, so nothing is read again.
    await cli(['run', path, '--skip-invalid', '--code', 'job', '--detach'])
    expect(existsSync(`${path}.rejected`)).toBe(true)
    const { stdout: results } = await cli(['batch', 'get', stdout.trim(), '--json'])
    expect(JSON.parse(results)).toMatchObject({ sealed: true, counts: { total: 3 } })
  })

  cliTest('keeps rows of CSV with the names of their columns, so that they can be submitted', async ({ cli, file }) => {
    const path = await file('rows.csv', 'id,"the path"\r\n1,a\r\n2\r\n3,"b\nc"\r\n4,x,y\r\n5,d')
    const args = ['--url', 'https://a.example/{{the path}}', '--detach']

    const { code, stderr } = await cli(['run', path, '--skip-invalid', ...args])

    expect(code).toBe(0)
    expect(stderr).toContain(`${path}:3: the row has 1 fields, and the first line names 2 columns.`)
    expect(stderr).toContain('uploaded 3 tasks\n')
    const rejected = await readFile(`${path}.rejected`, 'utf8')
    expect(rejected).toBe('id,the path\n2\n4,x,y\n')
    await writeFile(`${path}.rejected`, rejected.replace('2\n', '2,e\n').replace(',y', ''))
    expect((await cli(['run', `${path}.rejected`, '--input-format', 'csv', ...args])).stderr).toContain(
      'uploaded 2 tasks',
    )
  })

  cliTest('without a row to leave out keeps no file', async ({ cli, file }) => {
    const path = await file('tasks.json', `[${url('0')}]`)

    const { code, stderr } = await cli(['run', path, '--skip-invalid', '--detach'])

    expect([code, stderr.includes('left out'), existsSync(`${path}.rejected`)]).toEqual([0, false, false])
  })

  cliTest('goes with no --join, which needs a task for each row', async ({ cli, file }) => {
    const path = await file('rows.csv', 'id\n1\n')

    const { code, stderr } = await cli(['run', path, '--type', 't', '--skip-invalid', '--join', '-o', 'out.csv'])

    expect([code, stderr]).toEqual([
      2,
      'sluice: Use either --join or --skip-invalid: a joined file needs a task for each row.\n',
    ])
  })

  cliTest('of an append that is repeated leaves out the same rows', async ({ cli, file }) => {
    const path = await file('tasks.ndjson', `${url('0')}\nx\n${url('1')}\n{"payload":{}}\n${url('2')}\n`)
    await cli(['batch', 'create', '--code', 'job'])
    const args = ['batch', 'append', 'code:job', path, '--skip-invalid', '--offset', '0']

    const first = await cli(args)
    const rejected = await readFile(`${path}.rejected`, 'utf8')
    const again = await cli([...args, '--seal'])

    expect(first.stderr).toContain('appended 3 tasks, skipped 0; the batch has 3\n')
    expect(again.stderr).toBe(
      `2 rows were left out, and kept in ${path}.rejected\nappended 0 tasks, skipped 3; the batch has 3\n`,
    )
    expect(await readFile(`${path}.rejected`, 'utf8')).toBe(rejected)
  })

  cliTest('says so when the rows that were left out are of another file', async ({ cli, file }) => {
    await cli(['batch', 'create', '--code', 'job'])
    const args = async (text: string) => {
      const path = await file('tasks.ndjson', text)
      return ['batch', 'append', 'code:job', path, '--skip-invalid', '--offset', '0']
    }
    await cli(await args(`${url('0')}\nx\n${url('1')}\n`))

    const { code, stderr } = await cli(await args(`${url('0')}\ny\n${url('1')}\n`))

    expect([code, stderr]).toEqual([2, expect.stringContaining('.rejected has rows that ')])
  })

  cliTest('stays exact when the upload is killed and run again', async ({ cli, api, file }) => {
    // Three requests, each with rows that only the API refuses and rows that cannot be read.
    const isRefused = (i: number) => i % 1000 === 500
    const isBroken = (i: number) => i % 700 === 3
    const rows = Array.from({ length: 5000 }, (_, i) => {
      if (isBroken(i)) return `{"key":"k${i}"`
      return JSON.stringify({
        key: `k${i}`,
        payload: { url: isRefused(i) ? 'x' : `https://a.example/${'y'.repeat(2000)}` },
      })
    })
    const path = await file('tasks.ndjson', `${rows.join('\n')}\n`)
    const args = ['run', path, '--skip-invalid', '--code', 'job', '--detach']

    for (const sign of [':501: ', 'uploaded', ':2501: ']) {
      const child = start(args, { env: { SLUICE_URL: api.url } })
      const closed = once(child, 'close')
      let output = ''
      child.stderr.on('data', (part) => (output += String(part)))
      await until(() => output.includes(sign) || child.exitCode !== null, 60_000)
      child.kill('SIGKILL')
      await closed
    }
    // A kill may cut a line that is being written. No request has gone on without that one yet.
    await appendFile(`${path}.rejected`, '{"key":"k3')
    const { code } = await cli(args)

    const bad = rows.filter((_, i) => isBroken(i) || isRefused(i))
    expect(code).toBe(0)
    expect(await readFile(`${path}.rejected`, 'utf8')).toBe(`${bad.join('\n')}\n`)
    const { stdout } = await cli(['batch', 'results', 'code:job'])
    expect(stdout.match(/"key":"k\d+"/g)).toEqual(
      rows.flatMap((_, i) => (isBroken(i) || isRefused(i) ? [] : [`"key":"k${i}"`])),
    )
  })
})
