import { execFile } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, installationTest, installPacked, startProcess } from '@sluice/testing'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)

const root = fileURLToPath(new URL('../', import.meta.url))
const examples = join(root, 'examples')
const HANDLERS = join(examples, 'custom-handler/handlers.ts')

/** A busy machine starts a dozen processes slowly. */
const PATIENCE = { timeout: 180_000 }

/** How an example ended. */
interface Ended {
  stdout: string
  stderr: string
  code?: number
}

/** A test with what `sluice dev` starts, and `sluice` on PATH. */
const exampleTest = installationTest
  .extend('folder', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-example-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    return folder
  })
  .extend('mock', async ({ onTestFinished }) => {
    const port = String(await freePort())
    const entry = new URL('../apps/mock-upstream/src/main.ts', import.meta.url)
    const running = await startProcess({ entry, env: { MOCK_MODE: 'multi', MOCK_PORT: port }, ready: /listens at/ })
    onTestFinished(async () => void (await running.kill()))
    return `http://127.0.0.1:${port}`
  })
  .extend('runExample', async ({ api, mock, folder, startWorker }) => {
    await startWorker({ SLUICE_HANDLERS: HANDLERS })
    // script/sluice would install the dependencies again, each time.
    const main = join(root, 'apps/cli/src/main.ts')
    writeFileSync(
      join(folder, 'sluice'),
      `#!/bin/sh\nexec '${process.execPath}' --conditions=@sluice/source '${main}' "$@"\n`,
    )
    chmodSync(join(folder, 'sluice'), 0o755)
    const env = {
      ...process.env,
      PATH: `${folder}${delimiter}${process.env['PATH']}`,
      XDG_CONFIG_HOME: folder,
      PYTHONDONTWRITEBYTECODE: '1',
      SLUICE_URL: api.url,
      UPSTREAM: mock,
    }
    return (name: string, ...args: string[]): Promise<Ended> =>
      run(join(examples, name, 'run'), args, { env, cwd: folder }).catch((error: Ended) => error)
  })

async function linesOf(folder: string, file: string): Promise<string[]> {
  return (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n')
}

exampleTest(
  'llm-batch answers each prompt once, also when it is run again',
  PATIENCE,
  async ({ runExample, folder, mock }) => {
    // Each run creates the service of the mock upstream again, without calls.
    const readCalls = async () => {
      const stats = (await (await fetch(`${mock}/stats`)).json()) as Record<string, { requests: number; ok: number }>
      return stats['chat/completions']
    }

    const first = await runExample('llm-batch', 'answers.csv')
    const firstCalls = await readCalls()
    const second = await runExample('llm-batch', 'again.csv')

    expect([first.code, first.stdout, second.code]).toEqual([undefined, '', undefined])
    const lines = await linesOf(folder, 'answers.csv')
    expect(lines[0]).toBe('id,prompt,state,answer,tokens,error')
    expect(lines[1]).toBe('1,What is photosynthesis?,completed,ok,13,')
    expect(lines).toHaveLength(41)
    expect(await linesOf(folder, 'again.csv')).toEqual(lines)
    expect(firstCalls).toMatchObject({ ok: 40 })
    expect(await readCalls()).toMatchObject({ requests: 0 })
  },
)

exampleTest('crm-enrichment joins what was found to each contact', PATIENCE, async ({ runExample, folder }) => {
  const { code, stderr } = await runExample('crm-enrichment', 'enriched.csv')

  expect([code, stderr]).toEqual([undefined, expect.stringContaining('the results are in enriched.csv\n')])
  const lines = await linesOf(folder, 'enriched.csv')
  expect(lines[0]).toBe('id,name,email,note,state,found,http_status,error')
  expect(lines[4]).toBe('C-004,Edsger Dijkstra,edsger@paths.example,"met at the fair, 2025",completed,ok,200,')
  expect(lines).toHaveLength(13)
})

exampleTest('custom-handler runs a handler of TypeScript in a worker', PATIENCE, async ({ runExample, folder }) => {
  const { code } = await runExample('custom-handler', 'words.ndjson')

  expect(code).toBeUndefined()
  const results = (await linesOf(folder, 'words.ndjson')).map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(results.map(({ state }) => state)).toEqual(['completed', 'completed', 'failed'])
  expect(results[0]).toMatchObject({ result: { words: expect.any(Number) } })
  expect(results[2]).toMatchObject({ error: { failureClass: 'invalid', status: 404 } })
})

exampleTest(
  'it-stopped-now-what stops, is diagnosed, resumed and completed',
  PATIENCE,
  async ({ runExample, folder }) => {
    const { code, stdout, stderr } = await runExample('it-stopped-now-what', 'results.ndjson')

    expect(code).toBeUndefined()
    expect(stderr).toMatch(/20 attempts failed in a row[^]*Resume it with: sluice batch resume/)
    expect(stdout).toMatch(/stopped +20 attempts failed in a row/)
    expect(stdout).toMatch(/TIMES +CLASS +STATUS/)
    const states = (await linesOf(folder, 'results.ndjson')).map(
      (line) => (JSON.parse(line) as { state: string }).state,
    )
    expect(states).toEqual(Array.from({ length: 200 }, () => 'completed'))
  },
)

const hasPython = await run('python3', ['-c', 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)']).then(
  () => true,
  () => false,
)

exampleTest.skipIf(!hasPython)('python-list adds results to a list of dicts', PATIENCE, async ({ runExample }) => {
  const { stdout, stderr } = await runExample('python-list')

  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual([
    { id: 1, email: 'ada@example.com', status: 200 },
    { id: 2, email: 'alan@example.com', status: 200 },
    { id: 3, email: 'grace@example.com', status: 200 },
  ])
})

describe('custom-handler, copied out of the repository', () => {
  test('passes its own test', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-example-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await installPacked(folder, ['worker-kit', 'engine', 'limit-detection'])
    await cp(join(examples, 'custom-handler'), folder, { recursive: true })

    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap'], { cwd: folder })

    expect(stdout).toContain('# pass 3\n# fail 0\n')
  })
})

describe.each(readdirSync(examples).filter((name) => statSync(join(examples, name)).isDirectory()))('%s', (name) => {
  test('has a README and a command, and at most 60 lines of code', () => {
    const files = readdirSync(join(examples, name))
    expect(files).toEqual(expect.arrayContaining(['README.md', 'run']))
    const code = files.filter((file) => /^run$|\.(ts|py|mjs)$/.test(file))
    const lines = code.map(
      (file) =>
        readFileSync(join(examples, name, file), 'utf8')
          .trimEnd()
          .split('\n').length,
    )
    for (const count of lines) expect(count).toBeLessThanOrEqual(60)
  })
})
