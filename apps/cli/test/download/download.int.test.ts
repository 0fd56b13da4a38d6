import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { cliTest, COMMAND, inheritedEnvironment, start } from '../support/cli-test.ts'
import { hasSmallDisks, runOnSmallDisk } from '../support/small-disk.ts'

const ROWS = 60_000

/** The file in a folder whose name has this ending. */
function findFile(folder: string, ending: string): string | undefined {
  return readdirSync(folder).find((name) => name.endsWith(ending))
}

/** A busy machine starts dozens of processes slowly. */
const PATIENCE = { timeout: 180_000 }

describe('a download', PATIENCE, () => {
  cliTest('that is killed continues after its last complete line', async ({ cli, api, file, folder }) => {
    const tasks = Array.from({ length: ROWS }, (_, i) => `{"key":"k${i}","type":"none","payload":${i}}\n`).join('')
    await cli(['run', await file('t.ndjson', tasks), '--code', 'job', '--detach'])
    await cli(['batch', 'cancel', 'code:job'])
    for (const name of ['out.ndjson', 'out.csv']) {
      const straight = join(folder, `straight-${name}`)
      await cli(['batch', 'results', 'code:job', '-o', straight])
      const args = ['batch', 'results', 'code:job', '-o', join(folder, name)]
      const child = start(args, { env: { SLUICE_URL: api.url } })
      const part = () => join(folder, findFile(folder, '.part') ?? 'none')
      await until(() => existsSync(part()) && statSync(part()).size > 100_000, 30_000)
      child.kill('SIGKILL')
      await once(child, 'close')
      expect(existsSync(join(folder, name))).toBe(false)
      // Shows that these bytes are not downloaded again.
      await writeFile(part(), (await readFile(part(), 'utf8')).replace('k1,', 'K1,').replace('"k1"', '"K1"'))

      expect((await cli(args)).code).toBe(0)

      const expected = (await readFile(straight, 'utf8')).replace('k1,', 'K1,').replace('"k1"', '"K1"')
      expect((await readFile(join(folder, name), 'utf8')) === expected).toBe(true)
      expect(findFile(folder, '.part')).toBeUndefined()
    }
  })

  cliTest('of another kind begins anew', async ({ cli, api, file, folder }) => {
    const tasks = Array.from({ length: ROWS }, (_, i) => `{"type":"none","payload":${i}}\n`).join('')
    await cli(['run', await file('t.ndjson', tasks), '--code', 'job', '--detach'])
    await cli(['batch', 'cancel', 'code:job'])
    const args = ['batch', 'results', 'code:job', '-o', join(folder, 'out.ndjson')]
    const child = start(args, { env: { SLUICE_URL: api.url } })
    await until(() => findFile(folder, '.part') !== undefined, 30_000)
    child.kill('SIGKILL')
    await once(child, 'close')

    expect((await cli([...args, '--state', 'completed'])).code).toBe(0)

    expect(await readFile(join(folder, 'out.ndjson'), 'utf8')).toBe('')
  })

  cliTest(
    'of a CSV file has its rows with columns of the results',
    async ({ cli, file, folder, upstream, startWorker }) => {
      await startWorker()
      const rows = await file('leads.csv', '\ufeffid,"note, long"\n1,"a\nb"\n2,\n3,"say ""hi"""\n')
      const args = ['run', rows, '--url', `${upstream}/{{id}}`, '--key', 'id', '-o', join(folder, 'out.csv')]

      const joined = await cli([
        ...args,
        '--join',
        '--column',
        'said=body',
        '--column',
        'code=status',
        '--column',
        'no=a.b',
      ])

      expect(joined.code).toBe(0)
      expect(await readFile(join(folder, 'out.csv'), 'utf8')).toBe(
        'id,"note, long",state,said,code,no,error\n' +
          '1,"a\nb",completed,1,200,,\n2,,completed,2,200,,\n3,"say ""hi""",completed,3,200,,\n',
      )
      const refusals: [args: string[], message: string][] = [
        [['--column', 'a=b'], '--column needs --join.'],
        [['--join', '--column', 'id=body'], 'has a column "id" already.'],
        [['--join', '--column', 'body'], '--column must be name=path'],
        [['--join', '--split'], 'Use either --join or --split'],
        [['--join', '-o', 'out.ndjson'], '--join needs --output with the name of a CSV file.'],
      ]
      for (const [more, message] of refusals) {
        const { code, stderr } = await cli([...args, ...more])
        expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
      }
      expect((await cli(['batch', 'list', '--json'])).stdout.match(/"id"/g)).toHaveLength(1)
    },
  )

  cliTest('can put completed and failed tasks apart', async ({ cli, file, folder, upstream, startWorker }) => {
    await startWorker()
    const rows = await file('rows.csv', 'path\nok\nfail\nfine\n')
    const args = [
      'run',
      rows,
      '--url',
      `${upstream}/{{path}}`,
      '--key',
      'path',
      '--fail-on',
      'none',
      '--max-attempts',
      '1',
    ]

    const { code, stderr } = await cli([...args, '--split', '-o', join(folder, 'out.csv')])

    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(`${folder}/out.completed.csv and ${folder}/out.failed.csv`),
    ])
    const keys = async (name: string) => (await readFile(join(folder, name), 'utf8')).match(/^\d+,\w+/gm)
    expect(await keys('out.completed.csv')).toEqual(['0,ok', '2,fine'])
    expect(await keys('out.failed.csv')).toEqual(['1,fail'])
  })

  cliTest(
    'can follow a batch, and shows each result before the batch ends',
    async ({ cli, api, file, upstream, startWorker }) => {
      await startWorker()
      await cli(['batch', 'create', '--code', 'open'])
      const append = async (name: string) => {
        const task = JSON.stringify({ key: name, payload: { url: `${upstream}/${name}` } })
        await cli(['batch', 'append', 'code:open', await file(`${name}.ndjson`, `${task}\n`)])
      }
      const child = start(['batch', 'results', 'code:open', '--follow'], { env: { SLUICE_URL: api.url } })
      let stdout = ''
      child.stdout.on('data', (part) => (stdout += String(part)))

      await append('a')
      await until(() => stdout.includes('"key":"a"'), 30_000)
      expect(child.exitCode).toBeNull()
      await append('b')
      await cli(['batch', 'seal', 'code:open'])
      await once(child, 'close')

      expect(child.exitCode).toBe(0)
      expect(stdout.match(/"key":"\w"/g)).toEqual(['"key":"a"', '"key":"b"'])
    },
  )

  cliTest.skipIf(!hasSmallDisks)(
    'to a disk that is full continues once it has room',
    async ({ cli, api, file, folder, upstream, startWorker }) => {
      await startWorker()
      const rows = await file('rows.csv', `path\n${'ok\n'.repeat(100)}`)
      const disk = join(folder, 'disk')
      mkdirSync(disk)
      const script = `
        run() { sluice run "$rows" --url "$upstream/{{path}}" -o "$folder/out.ndjson" "$@"; }
        run 2>"$folder.err"; echo $?
        cd "$folder"; ls; wc -l <"$(ls)"
        make_room
        run --quiet --code "$(sed -n 's/.* add --code //p' "$folder.err")"; echo $?
        ls; cat out.ndjson`

      const env = { SLUICE_URL: api.url, rows, upstream }
      const output = await runOnSmallDisk(script, { folder: disk, env })
      const [first, part, lines, second, name, ...results] = output.trimEnd().split('\n')

      expect([first, part]).toEqual(['1', expect.stringMatching(/^out\.ndjson\.\w{8}\.part$/)])
      expect(Number(lines)).toBeGreaterThan(0)
      expect(await readFile(`${disk}.err`, 'utf8')).toMatch(
        new RegExp(
          'To download the results of this batch again, add --code rows-\\w{8}\\n' +
            `sluice: The disk is full\\. The next download continues ${disk}/${part}, which has what was written\\.\\n$`,
        ),
      )
      expect([second, name]).toEqual(['0', 'out.ndjson'])
      const seqs = results.map((line) => (JSON.parse(line) as { seq: number }).seq)
      expect(seqs).toEqual(Array.from({ length: 100 }, (_, i) => i))
      expect((await cli(['batch', 'list', '--json'])).stdout.match(/"id"/g)).toHaveLength(1)
    },
  )

  cliTest('to a full device says so', async ({ cli, api, file }) => {
    await cli(['run', await file('t.ndjson', '{"type":"none","payload":1}\n'), '--code', 'job', '--detach'])

    const ended = spawnSync('sh', ['-c', `"$@" > /dev/full`, 'sh', ...COMMAND, 'batch', 'results', 'code:job'], {
      env: { ...inheritedEnvironment(), SLUICE_URL: api.url },
      encoding: 'utf8',
    })

    expect([ended.status, ended.stderr]).toEqual([1, 'sluice: stdout cannot be written (ENOSPC).\n'])
  })
})
