import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findRedisProgram, freePort, startProcess } from '@sluice/testing'
import { describe, expect, test as base } from 'vitest'

const run = promisify(execFile)

const root = fileURLToPath(new URL('../', import.meta.url))
const MAIN = join(root, 'apps/cli/src/main.ts')
const SOURCE = '--conditions=@sluice/source'

const has = (program: string) =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  )
const canRun = (await findRedisProgram()) !== undefined && (await has('bash')) && (await has('curl'))

/** The blocks of code of "A first batch", as a reader copies them. */
function firstBatch(): { language: string; code: string }[] {
  const page = readFileSync(join(root, 'README.md'), 'utf8')
  const [, section = ''] = /^## A first batch$(.*?)^## /ms.exec(page) ?? []
  return [...section.matchAll(/^```(\w+)\n(.*?)^```/gms)].map(([, language = '', code = '']) => ({ language, code }))
}

interface Ended {
  stdout: string
  code?: number
}

/** A test with `sluice dev`, and a second terminal in a folder of its own. */
const test = base
  .extend('folder', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-readme-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    // script/sluice would install the dependencies again.
    mkdirSync(join(folder, 'bin'))
    writeFileSync(join(folder, 'bin/sluice'), `#!/bin/sh\nexec '${process.execPath}' ${SOURCE} '${MAIN}' "$@"\n`)
    chmodSync(join(folder, 'bin/sluice'), 0o755)
    mkdirSync(join(folder, 'node_modules/@sluice'), { recursive: true })
    symlinkSync(join(root, 'packages/client'), join(folder, 'node_modules/@sluice/client'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    return folder
  })
  .extend('paste', async ({ folder, onTestFinished }) => {
    const env = { SLUICE_PORT: String(await freePort()), MOCK_PORT: String(await freePort()), XDG_CONFIG_HOME: folder }
    const dev = await startProcess({ entry: MAIN, args: ['dev'], env, ready: /^export .*UPSTREAM=.*\n/m })
    onTestFinished(async () => void (await dev.stop('SIGTERM', 30_000)))
    const [line = ''] = /^export .*$/m.exec(dev.output) ?? []
    return (code: string): Promise<Ended> =>
      run('bash', ['-c', `${line}\nPATH="${folder}/bin:$PATH"\n${code}`], { cwd: folder }).catch(
        (error: Ended) => error,
      )
  })

describe.skipIf(!canRun)('a first batch of the README, copied into a second terminal', { timeout: 180_000 }, () => {
  test('runs with the command line, with TypeScript and with curl, and a large one is accepted', async ({
    folder,
    paste,
  }) => {
    const blocks = firstBatch()
    expect(blocks.map(({ language }) => language)).toEqual(['sh', 'ts', 'sh', 'sh'])
    const [commandLine = '', program = '', curl = '', large = ''] = blocks.map(({ code }) => code)
    writeFileSync(join(folder, 'first.ts'), program)

    const ran = await paste(commandLine)
    const results = (await readFile(join(folder, 'results.ndjson'), 'utf8')).trimEnd().split('\n')
    const typed = await paste(`'${process.execPath}' ${SOURCE} first.ts`)
    // The last block uses a variable of the one before.
    const curled = await paste(`${curl}\n${large}`)

    // One of the two calls fails, as it should.
    expect([ran.code, ran.stdout]).toEqual([6, ''])
    expect(results.map((line) => JSON.parse(line) as object)).toMatchObject([
      { key: 'a', state: 'completed' },
      { key: 'b', state: 'failed', error: { status: 404 } },
    ])
    expect([typed.code, typed.stdout]).toEqual([
      undefined,
      expect.stringMatching(/^partial\nllm [^]*\nmissing [^]*404/),
    ])
    expect(curled.code).toBeUndefined()
    expect(curled.stdout).toContain('"maxAttempts":3')
    expect(curled.stdout).toContain('"interruptionCriteria":{"maxConsecutiveFailures":300,"stopOn":["auth"]}')
    expect(curled.stdout).toContain('event: end')
    expect(curled.stdout).toMatch(/^\{"seq":0,"key":"a","state":"completed".*\n\{"seq":1,"key":"b","state":"failed"/m)
    expect(curled.stdout).toMatch(/"errors":\[\{[^]*"status":404/)
    expect(curled.stdout).toMatch(/"total":10000[^\n]*$/)
  })
})
