import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { TaskResult } from '@sluice/client'
import { describe, expect } from 'vitest'
import { cliTest, start, startWithOpenInput } from './support/cli-test.ts'

const csv = (rows: number) => `id,name\n${Array.from({ length: rows }, (_, i) => `${i},n${i}`).join('\n')}\n`

async function resultsIn(file: string): Promise<TaskResult[]> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as TaskResult)
}

describe('sluice run', () => {
  cliTest(
    'makes a call for each row of a CSV file, and saves the results',
    async ({ cli, file, folder, upstream, startWorker }) => {
      await startWorker()
      const output = join(folder, 'out.ndjson')

      const { code, stdout, stderr } = await cli([
        'run',
        await file('leads.csv', csv(30)),
        `--url=${upstream}/{{name}}`,
        '--key=id',
        '--concurrency=10',
        `--output=${output}`,
      ])

      expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
      expect(stderr).toMatch(/^uploaded 30 tasks\nbatch leads-[0-9a-f]{8} is submitted\n/)
      expect(stderr).toMatch(/: completed, 100 % of 30 tasks, 30 completed, 0 failed/)
      const results = await resultsIn(output)
      expect(results.map(({ key }) => key)).toEqual(Array.from({ length: 30 }, (_, i) => String(i)))
      expect(results[7]?.result).toMatchObject({ status: 200, body: 'n7' })
      expect((await readdir(folder)).toSorted()).toEqual(['leads.csv', 'out.ndjson'])
    },
  )

  cliTest('fills templates of bodies and headers, with values of NDJSON as they are', async ({ cli, file }) => {
    const rows = await file('rows.ndjson', '{"id":1,"n":2.5,"o":{"a":"\\"x\\""}}\n')
    const { code, stdout } = await cli([
      'run',
      rows,
      '--dry-run',
      '--url=https://a.example/{{o}}',
      '--method=PUT',
      '--key=row-{{id}}',
      '--body={"n":"{{n}}","text":"n is {{n}}","o":"{{o}}"}',
      '--header=x-id: {{id}}',
    ])

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      key: 'row-1',
      payload: {
        url: `https://a.example/${encodeURIComponent('{"a":"\\"x\\""}')}`,
        method: 'PUT',
        headers: { 'x-id': '1' },
        body: { n: 2.5, text: 'n is 2.5', o: { a: '"x"' } },
      },
    })
  })

  cliTest('reads tasks from stdin and from gzip, and payloads of a handler', async ({ cli, file }) => {
    const tasks =
      '{"key":"a","payload":{"url":"https://a.example/"}}\n\n{"key":"b","payload":{"url":"https://b.example/"}}\n'

    const piped = await cli(['run', '-', '--input-format', 'ndjson', '--dry-run'], { input: tasks })
    const zipped = await cli(['run', await file('t.ndjson.gz', gzipSync(tasks)), '--dry-run'])
    const typed = await cli(['run', await file('rows.json', '[{"n":1},2]'), '--type', 'sum', '--dry-run'])

    expect(piped.stdout).toBe(tasks.replace('\n\n', '\n'))
    expect(zipped.stdout).toBe(piped.stdout)
    expect(typed.stdout).toBe('{"type":"sum","payload":{"n":1}}\n{"type":"sum","payload":2}\n')
    expect(piped.stderr).toBe('2 tasks. Nothing was submitted.\n')
  })

  cliTest(
    'ends with 6 for failed tasks, unless that is fine, and with 5 for an interruption',
    async ({ cli, file, upstream, startWorker }) => {
      await startWorker()
      const rows = await file('rows.csv', 'path\nfail\nok\n')
      const args = ['run', rows, '--url', `${upstream}/{{path}}`, '--concurrency', '1']

      const failed = await cli(args)
      const fine = await cli([...args, '--fail-on', 'none'])
      const stopped = await cli([...args, '--stop-on', 'invalid'])

      expect([failed.code, fine.code, stopped.code]).toEqual([6, 0, 5])
      expect(failed.stderr).toMatch(/sluice: 1 of 2 tasks failed\.\nSee why with: sluice batch report \w+\n/)
      expect(stopped.stderr).toMatch(/Resume it with: sluice batch resume \w+\n$/)
    },
  )

  cliTest('leaves the batch running after Ctrl-C and a timeout, or cancels it', async ({ cli, api, file }) => {
    const rows = await file('rows.csv', csv(3))
    const args = ['run', rows, '--type', 'none']
    const interrupt = async (more: readonly string[]) => {
      const child = start([...args, ...more], { env: { SLUICE_URL: api.url } })
      let output = ''
      child.stderr.on('data', (part) => (output += String(part)))
      await expect.poll(() => output, { timeout: 30_000 }).toContain(': active')
      child.kill('SIGINT')
      await once(child, 'close')
      return child.exitCode
    }

    expect(await interrupt(['--code', 'one'])).toBe(130)
    expect(await interrupt(['--code', 'two', '--cancel-on-interrupt'])).toBe(130)
    const late = await cli([...args, '--code', 'three', '--timeout', '200ms'])

    expect(late.code).toBe(8)
    expect(late.stderr).toContain('The batch still runs after 200 ms.\nFollow it with: sluice batch watch')
    const states = ['one', 'two', 'three'].map(async (code) => {
      const { stdout } = await cli(['batch', 'get', `code:${code}`, '--json'])
      return (JSON.parse(stdout) as { state: string }).state
    })
    expect(await Promise.all(states)).toEqual(['active', 'cancelled', 'active'])
  })

  cliTest(
    'ends with 130 at Ctrl-C while it reads, checks or uploads, and says how to go on',
    async ({ api, folder }) => {
      const row = `{"type":"none","payload":"${'x'.repeat(1000)}"}\n`
      const interrupt = async (args: readonly string[], input: string, sign: string) => {
        const child = startWithOpenInput(['run', '-', '--input-format', 'ndjson', ...args], {
          SLUICE_URL: api.url,
          TMPDIR: folder,
        })
        const closed = once(child, 'close')
        let output = ''
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)))
        child.stdin.write(input)
        await expect.poll(() => output, { timeout: 30_000 }).toContain(sign)
        child.kill('SIGINT')
        await closed
        return { code: child.exitCode, output }
      }

      const reading = await interrupt(['--dry-run'], row, '"type":"none"')
      const uploading = await interrupt([], row.repeat(4100), 'uploaded')

      expect(reading.code).toBe(130)
      expect(uploading.code).toBe(130)
      expect(uploading.output).toMatch(/To continue the upload, add --code stdin-[0-9a-f]{8}\n$/)
    },
  )

  cliTest('continues an upload with the same code, and cancels what the API refuses', async ({ cli, file }) => {
    const rows = await file('rows.csv', csv(50))
    const args = ['run', rows, '--type', 'none', '--code', 'job', '--detach']

    const first = await cli(args)
    const second = await cli(args)
    const refused = await cli(['run', rows, '--url', 'no url {{id}}'])

    expect([first.code, second.code, refused.code]).toEqual([0, 0, 2])
    expect(second.stdout).toBe(first.stdout)
    expect(refused.stderr).toContain(`${rows}:3: is not a task: payload/url must be an http or https URL`)
    const { stdout } = await cli(['batch', 'list', '--format', 'ndjson'])
    const batches = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { state: string; code: string })
    expect(batches.map(({ state }) => state)).toEqual(['cancelled', 'active'])
  })
})

/** A busy machine starts dozens of processes slowly. */
describe('a file that cannot be used', { timeout: 180_000 }, () => {
  cliTest('is refused with its line, before anything is submitted', async ({ cli, file, folder }) => {
    const url = ['--url', 'https://a.example/{{email}}']
    const cases: [name: string, content: string | Uint8Array, message: string, args?: string[]][] = [
      ['ragged.csv', 'email,id\na,1\nb,2,3\n', ':3: the row has 3 fields, and the first line names 2 columns.'],
      ['columns.csv', 'mail\na\n', ':2: the template needs the column "email", and the row has mail.'],
      ['latin.csv', Buffer.from('email\nm\u00fcller\n', 'latin1'), ':2:2: the text is not UTF-8.'],
      ['binary.csv', Buffer.from([101, 10, 0, 1]), ' is not a text file: it has a byte 0 in line 2.'],
      ['empty.csv', '', ' has no rows.'],
      ['bad.ndjson', '{"email":"a"}\n{"email":\n', ':2:10: the line is not JSON ('],
      ['late.ndjson', `{"email":"a"}\n\n${'x'.repeat(20_000)}\n`, ':3:1: the line is not JSON ('],
      ['tasks.ndjson', '{"payload":1}\n{"paylod":1}\n', ':2: the row is no task, because it has no payload.', []],
      ['quotes.csv', 'email,id\na,"x"y\n', ':2: the column "id" cannot be read: Invalid Closing Quote'],
      ['cut.json', '[\n{"email":"a"},\n{"email"}]', ':3:9: not JSON ('],
      ['bad.json', '{"email":"a"}', ' must be a JSON array of rows.'],
      ['damaged.csv.gz', 'email\n', ' is not a gzip file, or is damaged'],
      ['rows.txt', 'email\n', ' is not clear from its name. Add --input-format'],
      ['tasks.csv', 'email\na\n', 'Rows of CSV are no tasks yet. Add --url with a template, or --type.', []],
      ['tasks.json', '[{"email":"a"}]', ':element 1: the row is no task, because it has no payload.', []],
    ]
    for (const [name, content, message, args = url] of cases) {
      const { code, stderr, stdout } = await cli(['run', await file(name, content), ...args])

      expect([name, code, stdout]).toEqual([name, 2, ''])
      expect(stderr).toContain(message)
      expect(stderr).toContain(name === 'tasks.csv' ? '' : name)
    }
    expect((await cli(['run', join(folder, 'none.csv'), ...url])).stderr).toMatch(/There is no file .*none\.csv\.\n$/)
    expect((await cli(['batch', 'list', '--json'])).stdout).toBe('[]\n')
  })

  cliTest('from stdin with a row that cannot be used leaves no batch behind', async ({ cli }) => {
    const good = `{"type":"none","payload":"${'x'.repeat(1000)}"}\n`

    const { code, stderr } = await cli(['run', '-', '--input-format', 'ndjson'], {
      input: `${good.repeat(4100)}{"pay\n`,
    })

    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^uploaded [\d,]+ tasks\nbatch stdin-\w+ was cancelled\nsluice: -:4101:6: the line is not JSON/,
    )
    const { stdout } = await cli(['batch', 'list', '--format', 'ndjson'])
    expect((JSON.parse(stdout) as { state: string }).state).toBe('cancelled')
  })

  cliTest(
    'because a task is too large is refused with its line, before anything is submitted',
    async ({ cli, file }) => {
      const long = 'é'.repeat(140_000)
      const small = '{"payload":1,"type":"none"}\n'
      const tasks = `${small}\n{"type":"none","payload":"${long}"}\n`
      const ready = await file('long.ndjson', tasks)
      const csvFile = await file('long.csv', `id,text\n1,a\n2,${long}\n`)
      const url = ['--url', 'https://a.example/', '--body', '{"text":"{{text}}"}']
      await cli(['batch', 'create', '--code', 'mine'])

      const [asTask, asRow, appended, piped] = [
        await cli(['run', ready]),
        await cli(['run', csvFile, ...url]),
        await cli(['batch', 'append', 'code:mine', ready]),
        await cli(['run', '-', '--input-format', 'ndjson', '--code', 'piped'], { input: small.repeat(2) + tasks }),
      ]

      expect([asTask.code, asRow.code, appended.code, piped.code]).toEqual([2, 2, 2, 2])
      expect(asTask.stderr).toBe(`sluice: ${ready}:3: the task has 280,028 bytes, and the API accepts 262,144.\n`)
      expect(asRow.stderr).toMatch(
        /long\.csv:3: the task has 280,\d+ bytes, and the API accepts 262,144\. The longest column, "text", has 280,000\.\n$/,
      )
      expect(appended.stderr).toBe(asTask.stderr)
      expect(piped.stderr).toContain('sluice: -:5: the task has 280,028 bytes')
      const { stdout } = await cli(['batch', 'list', '--json'])
      expect(JSON.parse(stdout)).toMatchObject([
        { code: 'piped', counts: { total: 0 } },
        { code: 'mine', counts: { total: 0 } },
      ])
      const rest = await cli(['run', csvFile, ...url, '--skip-invalid', '--detach'])
      expect([rest.code, rest.stderr]).toEqual([0, expect.stringContaining('uploaded 1 tasks\n1 row was left out')])
    },
  )

  cliTest('with a byte order mark, CRLF and quotes is read as meant', async ({ cli, file }) => {
    const rows = await file('excel.csv', '\ufeffid,text\r\n1,"a ""b"",\r\nc"\r\n')

    const { stdout } = await cli(['run', rows, '--type', 't', '--key', 'id', '--dry-run'])

    expect(JSON.parse(stdout)).toEqual({ type: 't', key: '1', payload: { id: '1', text: 'a "b",\r\nc' } })
  })
})
