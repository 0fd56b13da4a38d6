import { execFileSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedisProgram, freePort, until } from '@sluice/testing'
import { describe, expect, test as base } from 'vitest'
import { runCli, start } from '../support/cli-test.ts'

const hasRedis = (await findRedisProgram()) !== undefined

interface Dev {
  child: ChildProcess
  /** The variables that its output has another terminal export. */
  env: Record<string, string>
  stderr: () => string
  /** The processes that it has started. */
  pids: number[]
}

const test = base
  .extend('folder', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-dev-test-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    return folder
  })
  // Its own TMPDIR shows whether it leaves a folder behind.
  .extend('startDev', ({ folder, onTestFinished }) => async (...args: string[]): Promise<Dev> => {
    const ports = { SLUICE_PORT: String(await freePort()), MOCK_PORT: String(await freePort()) }
    const child = start(['dev', ...args], { env: { ...ports, TMPDIR: folder } })
    onTestFinished(async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (part) => (stdout += String(part)))
    child.stderr.on('data', (part) => (stderr += String(part)))
    await until(() => stdout.includes('UPSTREAM=') || child.exitCode !== null, 60_000)
    const env = Object.fromEntries(
      [...stdout.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
    )
    return { child, env, stderr: () => stderr, pids: childrenOf(child.pid) }
  })

/** What runs, by its id: the system gives ids of processes that have ended to others. */
const commands = new Map<number, string>()

function listProcesses(): { pid: number; parent: number; command: string }[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n')
  return rows.map((row) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? []
    return { pid: Number(pid), parent: Number(parent), command }
  })
}

function childrenOf(parent: number | undefined): number[] {
  const children = listProcesses().filter((one) => one.parent === parent)
  for (const { pid, command } of children) commands.set(pid, command)
  return children.map(({ pid }) => pid)
}

/** The process of this app among these. */
function processOf(app: string, pids: readonly number[]): number {
  return pids.find((pid) => commands.get(pid)?.includes(`apps/${app}/`)) ?? Number.NaN
}

/** Processes that still run. What has ended and was not collected by its parent has no command any more. */
function running(pids: readonly number[]): number[] {
  const left = listProcesses().filter(({ pid, command }) => pids.includes(pid) && commands.get(pid) === command)
  return left.map(({ pid }) => pid)
}

describe.skipIf(!hasRedis)('sluice dev', { timeout: 180_000 }, () => {
  test('runs a batch with the printed command, and Ctrl-C stops all processes and deletes the data', async ({
    startDev,
    folder,
  }) => {
    const { child, env, stderr, pids } = await startDev('--workers', '2')
    const { SLUICE_URL = '', SLUICE_API_KEY = '', UPSTREAM = '' } = env
    const calls = join(folder, 'calls.csv')
    const output = join(folder, 'results.ndjson')
    await writeFile(calls, 'id\n1\n2\n3\n')

    const args = ['run', calls, '--url', `${UPSTREAM}/mock/llm?id={{id}}`, '--key', 'id', '-o', output]
    const ran = await runCli(args, { env: { SLUICE_URL, SLUICE_API_KEY } })

    expect([ran.code, ran.stdout]).toEqual([0, ''])
    expect((await readFile(output, 'utf8')).trimEnd().split('\n')).toHaveLength(3)
    expect(stderr()).toContain(`API            ${SLUICE_URL}, with a reference at ${SLUICE_URL}/docs`)
    // Redis, the mock upstream, the API, two workers and the watchdog.
    expect(pids).toHaveLength(6)
    expect(env['PATH']).toMatch(/\/script:/)

    child.kill('SIGINT')
    await once(child, 'close')

    expect(child.exitCode).toBe(0)
    // The watchdog is killed last, which takes the system a moment.
    await expect.poll(() => running(pids), { timeout: 30_000 }).toEqual([])
    expect(readdirSync(folder).toSorted()).toEqual(['calls.csv', 'results.ndjson'])
  })

  test('leaves no process and no folder behind when it is killed', async ({ startDev, folder }) => {
    const { child, pids } = await startDev()
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^sluice-dev-/)])

    child.kill('SIGKILL')

    await expect.poll(() => running(pids), { timeout: 30_000 }).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  test('keeps batches and the API key in a folder of yours', async ({ startDev, folder }) => {
    const data = join(folder, 'data')
    const first = await startDev('--data', data)
    const asked = (env: Record<string, string>, ...args: string[]) =>
      runCli(args, { env: { SLUICE_URL: env['SLUICE_URL'] ?? '', SLUICE_API_KEY: env['SLUICE_API_KEY'] ?? '' } })
    await asked(first.env, 'batch', 'create', '--code', 'kept')
    first.child.kill('SIGTERM')
    await once(first.child, 'close')

    const second = await startDev('--data', data)

    expect(second.env['SLUICE_API_KEY']).toBe(first.env['SLUICE_API_KEY'])
    expect((await asked(second.env, 'batch', 'get', 'code:kept')).stdout).toContain('kept')
    second.child.kill('SIGTERM')
    await once(second.child, 'close')
  })

  test('starts a worker that dies again, and a batch that runs meanwhile completes', async ({ startDev, folder }) => {
    const { child, env, stderr, pids } = await startDev('--workers', '3')
    const { SLUICE_URL = '', SLUICE_API_KEY = '', UPSTREAM = '' } = env
    const cli = (...args: string[]) => runCli([...args, '--json'], { env: { SLUICE_URL, SLUICE_API_KEY } })
    const listWorkers = async () =>
      (JSON.parse((await cli('worker', 'list')).stdout) as { id: string; pid: number }[]).toSorted(
        (a, b) => a.pid - b.pid,
      )
    const calls = join(folder, 'calls.csv')
    await writeFile(calls, `id\n${Array.from({ length: 3000 }, (_, i) => `${i}\n`).join('')}`)
    const killed = processOf('worker', pids)
    const before = await listWorkers()
    const submitted = await cli('run', calls, '--url', `${UPSTREAM}/mock/llm?id={{id}}`, '--code', 'job', '--detach')
    // Not by commands: their start takes so long on a busy machine that the batch would be over.
    const readBatch = async () => {
      const answer = await fetch(`${SLUICE_URL}/v1/batches/code:job`, { headers: { 'x-api-key': SLUICE_API_KEY } })
      return (await answer.json()) as { state: string; counts: Record<string, number> }
    }
    await until(async () => ((await readBatch()).counts['completed'] ?? 0) > 0, 60_000)
    expect(submitted.code).toBe(0)

    process.kill(killed, 'SIGKILL')
    const { state } = await readBatch()
    const ended = await cli('batch', 'wait', 'code:job')

    expect([state, ended.code]).toEqual(['active', 0])
    expect((await readBatch()).counts).toMatchObject({ total: 3000, completed: 3000, failed: 0 })
    // Three workers together make no more calls at once than the mock upstream accepts.
    const stats = (await (await fetch(`${UPSTREAM}/stats`)).json()) as Record<string, object>
    expect(stats['llm']).toMatchObject({ overloaded: 0 })
    expect(stderr()).toMatch(/^Worker \d of 3 has ended \(SIGKILL\)\. It is started again\.$/m)
    await expect.poll(async () => (await listWorkers()).length, { timeout: 60_000 }).toBe(3)
    const after = await listWorkers()
    expect(before.map(({ pid }) => pid)).toContain(killed)
    expect(after.map(({ pid }) => pid)).not.toContain(killed)
    expect(after.filter(({ id }) => before.some((one) => one.id === id))).toHaveLength(2)
    const all = childrenOf(child.pid)
    expect(all).toHaveLength(7)
    child.kill('SIGKILL')
    // The watchdog knows the new worker.
    await expect.poll(() => running(all), { timeout: 30_000 }).toEqual([])
  })

  test('ends with a sentence when a worker dies again and again, or the API dies', async ({ startDev, folder }) => {
    const handlers = join(folder, 'handlers.mjs')
    await writeFile(handlers, `export default { none: async () => null }\n`)
    const [unsteady, steady] = await Promise.all([startDev('--handlers', handlers), startDev()])
    await writeFile(handlers, `process.exit(9)\n`)
    const closed = [once(unsteady.child, 'close'), once(steady.child, 'close')]

    process.kill(processOf('worker', unsteady.pids), 'SIGKILL')
    process.kill(processOf('api', steady.pids), 'SIGKILL')
    await Promise.all(closed)

    expect([unsteady.child.exitCode, steady.child.exitCode]).toEqual([1, 1])
    expect(unsteady.stderr()).toContain('The worker has ended (exit code 9). It is started again.')
    expect(unsteady.stderr()).toContain(
      'sluice: The worker has ended 6 times in a row soon after its start (exit code 9).',
    )
    expect(steady.stderr()).toContain('sluice: The API has ended (SIGKILL).')
    await expect.poll(() => running([...unsteady.pids, ...steady.pids]), { timeout: 30_000 }).toEqual([])
  })

  test('says why a process does not start, and stops the others', async ({ folder }) => {
    const ports = { SLUICE_PORT: String(await freePort()), MOCK_PORT: String(await freePort()) }

    const ended = await runCli(['dev', '--handlers', 'none.mjs'], { env: { ...ports, TMPDIR: folder } })
    const without = await runCli(['dev'], { env: { ...ports, TMPDIR: folder, PATH: folder } })

    expect([ended.code, ended.stdout]).toEqual([1, ''])
    expect(ended.stderr).toMatch(/sluice: The worker has ended \(exit code \d\)\. Its last lines:\n[^]*none\.mjs/)
    expect(without.code).toBe(2)
    expect(without.stderr).toContain(
      'No Redis was found. Install redis-server or valkey-server, or start a container engine',
    )
    expect(readdirSync(folder)).toEqual([])
  })
})
