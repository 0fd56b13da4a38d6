import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

/** A busy machine may take seconds to start a process. */
const PATIENCE = { timeout: 15_000 }

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** The program as a process, and what it has said so far. */
interface Program {
  process: ChildProcess
  said: { stdout: string; stderr: string }
  exited: Promise<number | null>
  /** The address in its log. */
  url: () => Promise<string>
}

function start(env: Record<string, string>, ...flags: string[]): Program {
  const child = spawn(process.execPath, ['--conditions=@sluice/source', MAIN, ...flags], {
    env: { ...withoutMockSettings(process.env), ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()))
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return { process: child, said, exited, url: () => findUrl(said) }
}

async function findUrl(said: { stdout: string }): Promise<string> {
  const find = (): string | undefined => /listens at (http:[^"]+)/.exec(said.stdout)?.[1]
  await expect.poll(find, PATIENCE).toBeDefined()
  return find() ?? ''
}

function withoutMockSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('MOCK_')))
}

test('it serves single mode by default; POST /shutdown: 200, then the process exits with 0', async () => {
  const program = start({ MOCK_PORT: '0' })
  const url = await program.url()
  expect((await fetch(url)).status).toBe(200)

  const response = await fetch(`${url}/shutdown`, { method: 'POST' })

  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'shutting_down' })
  expect(await program.exited).toBe(0)
})

test('the settings shape the service of single mode', async () => {
  const program = start({
    MOCK_PORT: '0',
    MOCK_MAX_CONCURRENCY: '5',
    MOCK_RATE_LIMIT: '1',
    MOCK_RATE_WINDOW_MS: '3600000',
    MOCK_LIMITER: 'fixed',
    MOCK_DELAY_MS: '1,2',
    MOCK_LATENCY_MS: '{"distribution":"constant","value":0}',
    MOCK_RETRY_AFTER: 'true',
    MOCK_RATE_LIMIT_HEADERS: 'openai',
  })
  const url = await program.url()

  const [accepted, refused] = [await fetch(url), await fetch(url)]

  expect([accepted.status, refused.status]).toEqual([200, 429])
  expect(accepted.headers.get('x-ratelimit-limit-requests')).toBe('1')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000)
})

test('the settings make the service fail on purpose', async () => {
  const program = start({ MOCK_PORT: '0', MOCK_ERROR_RATE: '1', MOCK_ERROR_STATUS: '502', MOCK_ERROR_MESSAGE: 'oops' })

  const response = await fetch(await program.url())

  expect(response.status).toBe(502)
  expect(await response.json()).toEqual({ error: 'oops' })
})

test('it serves multi mode, logs no requests, and exits with 0 on SIGTERM', async () => {
  const program = start({ MOCK_PORT: '0', MOCK_MODE: 'multi' })
  const url = await program.url()
  expect((await fetch(url)).status).toBe(400)
  expect((await fetch(`${url}/mock/nobody`)).status).toBe(404)

  program.process.kill('SIGTERM')

  expect(await program.exited).toBe(0)
  expect(program.said.stdout).not.toContain('request')
})

test('it logs requests when told to', async () => {
  const program = start({ MOCK_PORT: '0', MOCK_LOG_REQUESTS: 'true' })

  await fetch(await program.url())

  await expect.poll(() => program.said.stdout, PATIENCE).toContain('request completed')
})

test('it says everything that is wrong with its settings at once, and exits with 2', async () => {
  const program = start({
    MOCK_PORT: '65536',
    MOCK_MODE: 'dual',
    MOCK_DELAY_MS: '20,10',
    MOCK_LATENCY_MS: '{"distribution":"pareto"}',
    MOCK_ERROR_RATE: '1.5',
    MOCK_DELAYS: '1,2',
  })

  expect(await program.exited).toBe(2)
  expect(program.said.stderr.split('\n').slice(1, -1)).toEqual([
    expect.stringContaining('MOCK_PORT: must be an integer from 0 to 65535'),
    expect.stringContaining('MOCK_MODE: must be one of single, multi'),
    expect.stringContaining('MOCK_DELAY_MS: must be two numbers of ms'),
    expect.stringContaining('MOCK_LATENCY_MS: must be a distribution in JSON'),
    expect.stringContaining('MOCK_ERROR_RATE: must be a number from 0 to 1'),
    expect.stringContaining('MOCK_DELAYS: unknown setting'),
  ])
})

test('--check-settings checks and stops with 0', async () => {
  expect(await start({}, '--check-settings').exited).toBe(0)
})

test('--help names every setting', async () => {
  const program = start({}, '--help')

  expect(await program.exited).toBe(0)
  expect(program.said.stdout).toContain('MOCK_RATE_LIMIT_HEADERS')
})

test('a port that is taken ends it with 1 and says so', async () => {
  const first = start({ MOCK_PORT: '0' })
  const { port } = new URL(await first.url())

  const second = start({ MOCK_PORT: port })

  expect(await second.exited).toBe(1)
  expect(second.said.stdout).toContain('EADDRINUSE')
})
