import { startProcess, type RunningProcess } from '@sluice/testing'
import { expect, onTestFinished, test } from 'vitest'

const entry = new URL('../src/main.ts', import.meta.url)

/** A busy machine may take seconds to start a process. */
const PATIENCE = { timeout: 15_000 }

/** Starts the program, and waits until its output matches `ready`. The end of the test kills it. */
async function start(env: Record<string, string>, args: string[] = [], ready = /listens at/): Promise<RunningProcess> {
  const program = await startProcess({ entry, env, args, ready })
  onTestFinished(async () => void (await program.kill()))
  return program
}

/** Runs the program until it exits. */
async function run(env: Record<string, string>, ...args: string[]) {
  const program = await start(env, args, /\n/)
  const { code } = await program.exited
  return { code, output: program.output }
}

/** Returns the URL in the log of the program. */
function urlOf({ output }: RunningProcess): string {
  return /listens at (http:[^"]+)/.exec(output)?.[1] ?? ''
}

test('it serves single mode by default; POST /shutdown: 200, then the process exits with 0', async () => {
  const program = await start({ MOCK_PORT: '0' })
  const url = urlOf(program)
  expect((await fetch(url)).status).toBe(200)

  const response = await fetch(`${url}/shutdown`, { method: 'POST' })

  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'shutting_down' })
  expect(await program.exited).toMatchObject({ code: 0 })
})

test('the settings configure the service of single mode', async () => {
  const program = await start({
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
  const url = urlOf(program)

  const [accepted, refused] = [await fetch(url), await fetch(url)]

  expect([accepted.status, refused.status]).toEqual([200, 429])
  expect(accepted.headers.get('x-ratelimit-limit-requests')).toBe('1')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000)
})

test('the settings configure simulated errors', async () => {
  const program = await start({
    MOCK_PORT: '0',
    MOCK_ERROR_RATE: '1',
    MOCK_ERROR_STATUS: '502',
    MOCK_ERROR_MESSAGE: 'oops',
  })

  const response = await fetch(urlOf(program))

  expect(response.status).toBe(502)
  expect(await response.json()).toEqual({ error: 'oops' })
})

test('it serves multi mode, logs no requests, and exits with 0 on SIGTERM', async () => {
  const program = await start({ MOCK_PORT: '0', MOCK_MODE: 'multi' })
  const url = urlOf(program)
  expect((await fetch(url)).status).toBe(400)
  expect((await fetch(`${url}/mock/unknown`)).status).toBe(404)

  const exit = await program.stop('SIGTERM')

  expect(exit.code).toBe(0)
  expect(program.output).not.toContain('request')
})

test('it logs requests if MOCK_LOG_REQUESTS is set', async () => {
  const program = await start({ MOCK_PORT: '0', MOCK_LOG_REQUESTS: 'true' })

  await fetch(urlOf(program))

  await expect.poll(() => program.output, PATIENCE).toContain('request completed')
})

test('it lists all problems of its settings at once, and exits with 2', async () => {
  const { code, output } = await run({
    MOCK_PORT: '65536',
    MOCK_MODE: 'dual',
    MOCK_DELAY_MS: '20,10',
    MOCK_LATENCY_MS: '{"distribution":"pareto"}',
    MOCK_ERROR_RATE: '1.5',
    MOCK_DELAYS: '1,2',
  })

  expect(code).toBe(2)
  expect(output.split('\n').slice(1, -1)).toEqual([
    expect.stringContaining('MOCK_PORT: must be an integer from 0 to 65535'),
    expect.stringContaining('MOCK_MODE: must be one of single, multi'),
    expect.stringContaining('MOCK_DELAY_MS: must be two numbers of ms'),
    expect.stringContaining('MOCK_LATENCY_MS: must be a distribution in JSON'),
    expect.stringContaining('MOCK_ERROR_RATE: must be a number from 0 to 1'),
    expect.stringContaining('MOCK_DELAYS: unknown setting'),
  ])
})

test('--check-settings checks the settings and exits with 0', async () => {
  expect(await run({}, '--check-settings')).toMatchObject({ code: 0 })
})

test('--help names every setting', async () => {
  const { code, output } = await run({}, '--help')

  expect(code).toBe(0)
  expect(output).toContain('MOCK_RATE_LIMIT_HEADERS')
})

test('it exits with 1 and an explanation if the port is in use', async () => {
  const { port } = new URL(urlOf(await start({ MOCK_PORT: '0' })))

  const { code, output } = await run({ MOCK_PORT: port })

  expect(code).toBe(1)
  expect(output).toContain('EADDRINUSE')
})
