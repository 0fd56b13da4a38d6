import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startProcess, startRedis } from '@sluice/testing/servers'

/** Starts all processes on free ports, runs apps/demo against them, and stops them whether or not it succeeds. */

const WORKERS = 3
const RESULTS = '.demo/results.ndjson'
const KEY_FILE = '.demo/key'

const stays = process.argv.includes('--stay')
const say = (text: string) => process.stdout.write(`${text}\n`)
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

await using started = new AsyncDisposableStack()
try {
  const { api, upstream } = await startEverything()
  const code = await runDemo(api, upstream)
  if (code !== 0 && !interrupted.signal.aborted) process.exitCode = 1
  if (stays && !interrupted.signal.aborted) await stay(api, upstream)
} catch (error) {
  if (!interrupted.signal.aborted) throw error
}
if (interrupted.signal.aborted) say('\nInterrupted. All processes have stopped.')

async function startEverything(): Promise<{ api: string; upstream: string }> {
  say(`Starting Redis, the API, ${WORKERS} workers and the mock upstream …`)
  const redis = started.use(await startRedis())
  const api = `http://127.0.0.1:${await freePort()}`
  const upstream = `http://127.0.0.1:${await freePort()}`
  const env = { SLUICE_REDIS_URL: redis.url, SLUICE_LOG_LEVEL: 'warn' }
  await Promise.all([
    createKey(redis.url),
    start('mock-upstream', /listens at/, { MOCK_MODE: 'multi', MOCK_PORT: portOf(upstream) }),
    start('api', `${api}/readyz`, { ...env, SLUICE_PORT: portOf(api) }),
    ...Array.from({ length: WORKERS }, () =>
      start('worker', /the worker is ready/, {
        ...env,
        SLUICE_LOG_LEVEL: 'info',
        // Without this, the address guard refuses calls to this machine.
        SLUICE_HTTP_ALLOW_HOSTS: new URL(upstream).host,
      }),
    ),
  ])
  say(`The API listens at ${api}. Its documentation is at ${api}/docs.\n`)
  return { api, upstream }
}

async function start(app: string, ready: RegExp | string, env: Record<string, string>): Promise<void> {
  const entry = new URL(`../apps/${app}/src/main.ts`, import.meta.url)
  started.use(await startProcess({ entry, env, ready, readyTimeoutMs: 60_000 }))
}

/** Creates an API key as an operator of an installation does, and keeps it where no other user can read it. */
async function createKey(redisUrl: string): Promise<void> {
  const entry = new URL('../apps/api/src/main.ts', import.meta.url)
  const env = { SLUICE_REDIS_URL: redisUrl }
  await using command = await startProcess({ entry, args: ['--create-key', 'operator'], env, ready: /slk1_\w+\n/ })
  const key = /slk1_\w+/.exec(command.output)?.[0] ?? ''
  await mkdir('.demo', { recursive: true })
  await writeFile(KEY_FILE, `${key}\n`, { mode: 0o600 })
}

/** Runs the demo in the foreground, so that its progress bar can use the terminal. */
async function runDemo(api: string, upstream: string): Promise<number | null> {
  interrupted.signal.throwIfAborted()
  const env = {
    ...process.env,
    SLUICE_URL: api,
    SLUICE_API_KEY_FILE: KEY_FILE,
    SLUICE_DEMO_UPSTREAM_URL: upstream,
    SLUICE_DEMO_RESULTS: RESULTS,
  }
  const { SLUICE_TEST_REDIS_URL: _url, ...own } = env as Record<string, string>
  const child = spawn(process.execPath, ['--conditions=@sluice/source', 'apps/demo/src/main.ts'], {
    env: own,
    stdio: 'inherit',
  })
  interrupted.signal.addEventListener('abort', () => child.kill())
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

async function stay(api: string, upstream: string): Promise<void> {
  say(`\nAll processes keep running. Open ${api}/docs, or press Ctrl-C to stop them. For the commands of README.md:\n`)
  // One line, with what the command line reads and what the commands of curl name.
  say(
    `export SLUICE_URL=${api} SLUICE_API_KEY=$(cat ${resolve(KEY_FILE)}) UPSTREAM=${upstream}; ` +
      'export SLUICE=$SLUICE_URL KEY="x-api-key: $SLUICE_API_KEY"',
  )
  while (!interrupted.signal.aborted) await sleep(1_000_000, undefined, { signal: interrupted.signal }).catch(() => {})
}

function portOf(url: string): string {
  return new URL(url).port
}
