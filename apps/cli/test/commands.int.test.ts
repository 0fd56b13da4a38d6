import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cliTest, runCli, start } from './support/cli-test.ts'

const json = (text: string) => JSON.parse(text) as Record<string, unknown>

/** A busy machine starts dozens of processes slowly. */
const PATIENCE = { timeout: 180_000 }

describe('sluice batch', PATIENCE, () => {
  cliTest('creates, fills, reads, controls and deletes a batch', async ({ cli, file, folder }) => {
    const tasks = await file(
      't.ndjson',
      '{"type":"none","payload":1}\n{"type":"none","payload":{"n":12345678901234567890}}\n',
    )
    const created = json((await cli(['batch', 'create', '--code', 'b', '--max-error-rate', '20%', '--json'])).stdout)
    const id = String(created['id'])

    const appended = await cli(['batch', 'append', id, tasks, '--offset', '0', '--seal'])
    const again = await cli(['batch', 'append', id, tasks, '--offset', '0', '--seal'])
    expect(appended.stderr).toBe('appended 2 tasks, skipped 0; the batch has 2\n')
    expect(again.stderr).toBe('appended 0 tasks, skipped 2; the batch has 2\n')

    const shown = await cli(['batch', 'get', 'code:b'])
    expect(shown.stdout).toContain(`batch     b (${id})`)
    expect(shown.stdout).toContain('tasks     2 in all, 2 pending')
    expect(shown.stdout).toContain('error rate 0.0 % of 20 %')
    expect((await cli(['batch', 'list'])).stdout).toMatch(/^CODE +QUEUE +STATE .*\nb +default +active /)
    expect((await cli(['batch', 'tasks', id])).stdout).toMatch(/^SEQ +KEY .*\n +0 +– +pending/)
    expect(json((await cli(['batch', 'task', id, '1'])).stdout)).toMatchObject({ seq: 1, state: 'pending' })
    expect((await cli(['batch', 'report', id])).stdout).toContain('2 in all, 2 pending')
    expect(json((await cli(['batch', 'update', id, '--concurrency', '7', '--json'])).stdout)).toMatchObject({
      concurrency: 7,
    })
    expect((await cli(['batch', 'interrupt', id, '--reason', 'lunch'])).stdout).toContain('interrupted')
    expect((await cli(['batch', 'watch', id])).code).toBe(5)
    expect((await cli(['batch', 'interruptions', id])).stdout).toContain('lunch')
    expect((await cli(['batch', 'resume', id])).stdout).toContain('active')
    expect((await cli(['batch', 'wait', id, '--timeout', '100ms'])).code).toBe(8)
    expect((await cli(['batch', 'cancel', id])).stdout).toContain('cancelled')
    expect((await cli(['batch', 'wait', id])).code).toBe(6)

    const output = join(folder, 'out.csv')
    await cli(['batch', 'results', id, '-o', output])
    expect(await readFile(output, 'utf8')).toMatch(/^seq,key,state,.*\n0,,cancelled,.*\n1,,cancelled,/)
    expect((await cli(['batch', 'delete', id])).code).toBe(0)
    expect((await cli(['batch', 'get', id])).code).toBe(3)
  })

  cliTest('finds batches and tasks, and downloads results, by filters', async ({ cli, file }) => {
    const tasks = await file('t.ndjson', '{"type":"none","payload":1}\n{"type":"none","payload":2}\n')
    const id = (await cli(['run', tasks, '--code', 'b', '--detach', '--start-at', '2h'])).stdout.trim()

    const [one, none, early, wrong, tasksOfType, failedTasks, results, shown] = await Promise.all([
      cli(['batch', 'list', '--code-prefix', 'b', '--created-after', '1h']),
      cli(['batch', 'list', '--metadata', 'customer=acme']),
      cli(['batch', 'list', '--created-before', '1h', '--queue', 'default']),
      cli(['batch', 'list', '--created-before', '2026-01-01 10:00']),
      cli(['tasks', '--type', 'none', '--max', '1']),
      cli(['tasks', '--state', 'failed']),
      cli(['batch', 'results', id, '--state', 'failed', '--state', 'pending']),
      cli(['batch', 'get', id]),
    ])

    expect(one.stdout).toContain(id)
    expect(none.stdout).toContain('no such batches')
    expect(early.stdout).toContain('no such batches')
    expect(wrong.code).toBe(2)
    expect(tasksOfType.stdout).toMatch(/^BATCH +SEQ .*\nb +1 +– +pending +0\/3/)
    expect(failedTasks.stdout).toContain('no such tasks')
    expect(results.stdout).toMatch(/^\{"seq":0,.*\n\{"seq":1,.*\n$/)
    expect(shown.stdout).toMatch(/waits +The batch starts at /)
    expect((await cli(['batch', 'update', id, '--start-at', 'now', '--json'])).code).toBe(0)
    expect((await cli(['batch', 'get', id])).stdout).not.toContain('The batch starts at')
  })
})

describe('other commands', PATIENCE, () => {
  cliTest('change queues, limits and keys, and read them in each format', async ({ cli, file }) => {
    const rules = await file('limit.json', '{"rules":[{"unit":"requests","max":20,"perMs":1000}]}')
    expect((await cli(['limit', 'put', 'api', '--data', `@${rules}`])).code).toBe(0)
    expect((await cli(['queue', 'put', 'llm', '--data', '{"limit":"api"}'])).code).toBe(0)
    expect(json((await cli(['queue', 'update', 'llm', '--data', '{"concurrency":5}'])).stdout)).toMatchObject({
      limit: 'api',
    })
    expect(json((await cli(['queue', 'pause', 'llm'])).stdout)).toMatchObject({ paused: true, concurrency: 5 })
    expect((await cli(['queue', 'list'])).stdout).toMatch(/llm +5 +api +0 +0 +paused/)
    expect((await cli(['limit', 'list'])).stdout).toContain('20 requests in 1 s')
    expect((await cli(['queue', 'list', '--format', 'csv'])).stdout).toMatch(/^name,concurrency,.*\ndefault,100,/)
    expect(json((await cli(['queue', 'resume', 'llm', '--json'])).stdout)).toMatchObject({ paused: false })
    expect((await cli(['limit', 'delete', 'api'])).stderr).toContain('llm')
    expect((await cli(['queue', 'delete', 'llm'])).code).toBe(0)

    const put = [
      'limit',
      'put',
      'rpm',
      '--rule',
      '60/m',
      '--rule',
      '90000 tokens/10s',
      '--burst-factor',
      '1',
      '--adaptive',
    ]
    expect(json((await cli([...put, '--json'])).stdout)).toMatchObject({
      rules: [
        { unit: 'requests', max: 60, perMs: 60_000 },
        { unit: 'tokens', max: 90_000, perMs: 10_000 },
      ],
      burstFactor: 1,
      adaptive: true,
    })
    expect(json((await cli(['limit', 'update', 'rpm', '--no-adaptive', '--json'])).stdout)).toMatchObject({
      adaptive: false,
    })
    const lane = [
      'queue',
      'put',
      'lane',
      '--limit',
      'rpm',
      '--concurrency',
      '7',
      '--max-attempts',
      '5',
      '--secret',
      'KEY',
    ]
    expect(json((await cli([...lane, '--host', 'a.example', '--stop-on', 'auth', '--json'])).stdout)).toMatchObject({
      limit: 'rpm',
      concurrency: 7,
      retry: { maxAttempts: 5 },
      http: { hosts: ['a.example'], secrets: ['KEY'] },
      interruptionCriteria: { stopOn: ['auth'] },
    })
    expect((await cli(['limit', 'put', 'none'])).stderr).toContain('A limit needs a rule. Add --rule')
    expect((await cli(['limit', 'put', 'bad', '--rule', '60'])).code).toBe(2)

    const { stdout: key } = await cli(['key', 'create', 'importer', '--role', 'viewer', '--expires-in', '1d'])
    const env = { SLUICE_API_KEY: key.trim() }
    expect(key).toMatch(/^slk1_[0-9A-Za-z]{61}\n$/)
    expect((await cli(['whoami'], { env })).stdout).toMatch(
      /^you are +API key \w+ \(importer\)\nrole +viewer\nmay +session:read, /,
    )
    expect((await cli(['queue', 'pause', 'default'], { env })).code).toBe(4)
    expect((await cli(['key', 'list'])).stdout).toContain('importer')
    const { stdout: audit } = await cli(['audit', '--result', 'refused'])
    expect(audit).toContain('SLUICE_PERMISSION_MISSING')
    expect(await cli(['audit', '--format', 'ndjson', '--operation', 'createApiKey'])).toMatchObject({
      stdout: expect.stringMatching(/^\{"id":"[^\n]*"operation":"createApiKey"[^\n]*\}\n/),
      stderr: '',
    })
    expect((await cli(['whoami', '--key-file', await file('key', `${key}\n`)])).stdout).toContain('importer')
  })

  cliTest('show the workers that are alive, and the installation', async ({ cli, startWorker }) => {
    expect((await cli(['worker', 'list'])).stdout).toBe('No worker is alive.\n')
    await startWorker()

    expect((await cli(['worker', 'list'])).stdout).toMatch(/^WORKER .*\n\S+:\d+ +\d+\.\d+\.\d+ +all +http +0 /)
    expect((await cli(['system'])).stdout).toMatch(
      /^api +\d+\.\d+\.\d+ on Node 24.*gate is open\n\w+ +\d+\..*, master, /,
    )
    expect(json((await cli(['system', '--json'])).stdout)).toMatchObject({ workers: 1, queues: 1 })
  })

  cliTest('say what is wrong with an installation', async ({ cli, file, startWorker }) => {
    await cli(['run', await file('t.ndjson', '{"type":"none","payload":1}\n'), '--detach'])

    const { code, stdout } = await cli(['doctor'])

    expect(code).toBe(1)
    expect(stdout).toMatch(/^✓ The API at .* answers\.\n✓ Redis can be reached/)
    expect(stdout).toContain('✗ 1 batch of queue "default" cannot go on: no worker serves it.\n  → Start a worker')
    expect((await cli(['doctor'], { env: { SLUICE_API_KEY: 'slk1_wrong' } })).stdout).toContain('→ Set SLUICE_API_KEY')
    await startWorker()
    await expect
      .poll(async () => (await cli(['doctor'])).stdout, { timeout: 30_000 })
      .toMatch(/✗ Batch \w+ cannot go on\.\n  → No worker of queue "default" has a handler for the task type "none"/)
  })

  cliTest('make any request, and end quietly when their reader is gone', async ({ cli, api, file }) => {
    const rows = Array.from({ length: 5000 }, (_, i) => `{"type":"none","payload":${i}}\n`).join('')
    const { stdout } = await cli(['run', await file('t.ndjson', rows), '--detach'])

    expect(json((await cli(['api', 'get', '/version'])).stdout)).toMatchObject({ version: expect.any(String) })
    expect((await cli(['api', 'GET', '/v1/batches/none'])).code).toBe(3)
    expect((await cli(['api', 'POST', '/v1/batches', '--data', '{}'])).code).toBe(0)
    const child = start(['batch', 'results', stdout.trim()], { env: { SLUICE_URL: api.url } })
    for await (const _ of child.stdout) break
    child.stdout.destroy()
    await once(child, 'close')
    expect(child.exitCode).toBe(0)
  })
})

/** A test with an API that wants an API key. */
const guardedTest = cliTest.extend('env', ({ env, folder }) => ({
  ...env,
  SLUICE_ALLOW_ANONYMOUS: 'false',
  SLUICE_BOOTSTRAP_KEY_FILE: join(folder, 'admin'),
}))

describe('exit codes', PATIENCE, () => {
  test('of a server that is away and of wrong usage', async () => {
    const away = await runCli(['--server', 'http://127.0.0.1:9', 'whoami'])
    expect(away.code).toBe(7)
    expect(away.stderr).toMatch(/^sluice: .* cannot be reached\.( \(\w+\))?\nSet --server or SLUICE_URL/)

    for (const args of [
      ['batch', 'lits'],
      ['run'],
      ['--server', 'localhost', 'whoami'],
      ['--format', 'yaml', 'whoami'],
      ['batch', 'wait', 'b', '--timeout', '5'],
      ['run', 'x.csv', '--max-error-rate', '120%'],
      ['whoami', '--key-file', '/none'],
      ['api', 'HEAD', '/'],
      ['batch', 'task', 'b', 'first'],
      ['batch', 'retry', 'b', '--seqs', '3,x'],
      ['batch', 'retry', 'b', '--status', '500'],
      ['batch', 'retry', 'b', '--message', 'row # is locked'],
    ]) {
      const { code, stdout, stderr } = await runCli(args)
      expect([args, code, stdout]).toEqual([args, 2, ''])
      expect(stderr).not.toBe('')
    }
  })

  guardedTest('of keys that are missing, wrong, revoked or too weak', async ({ cli, file, folder }) => {
    const admin = { SLUICE_API_KEY: (await readFile(join(folder, 'admin'), 'utf8')).trim() }
    const createKey = async (role: string) =>
      (await cli(['key', 'create', role, '--role', role], { env: admin })).stdout.trim()
    const [viewer, revoked] = [await createKey('viewer'), await createKey('operator')]
    const keys = JSON.parse((await cli(['key', 'list', '--json'], { env: admin })).stdout) as Record<string, string>[]
    await cli(['key', 'delete', keys.find(({ name }) => name === 'operator')?.['id'] ?? ''], { env: admin })
    const rows = await file('t.ndjson', '{"type":"none","payload":1}\n')
    const refusals: [env: Record<string, string>, args: string[], message: string][] = [
      [{}, ['batch', 'list'], 'API key'],
      [{}, ['run', rows], 'API key'],
      [{ SLUICE_API_KEY: `${viewer.slice(0, -1)}${viewer.endsWith('a') ? 'b' : 'a'}` }, ['run', rows], 'API key'],
      [{ SLUICE_API_KEY: revoked }, ['batch', 'list'], 'API key'],
      [{ SLUICE_API_KEY: viewer }, ['run', rows], 'batches:write'],
      [{ SLUICE_API_KEY: viewer }, ['api', 'POST', '/v1/batches', '--data', '{}'], ''],
    ]
    for (const [env, args, message] of refusals) {
      const { code, stderr } = await cli(args, { env })
      expect([args, env, code, stderr]).toEqual([args, env, 4, expect.stringContaining(message)])
    }
    expect((await cli(['batch', 'list', '--json'], { env: admin })).stdout).toBe('[]\n')
  })

  test('are listed by help, which ends with 0', async () => {
    expect(await runCli(['help', 'exit-codes'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('130  Ctrl-C'),
    })
    expect(await runCli(['help', 'environment'])).toMatchObject({ stdout: expect.stringContaining('SLUICE_API_KEY') })
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect((await runCli(['run', '--help'])).stdout).toContain('Examples:')
  })
})
