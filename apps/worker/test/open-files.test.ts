import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Settings of the test run are none of the worker's. */
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_')))

/** Starts a worker that may open 300 files, and returns the first messages that it logs. No Redis listens at its address. */
async function logWith(concurrency: number): Promise<Record<string, unknown>[]> {
  const worker = spawn('sh', ['-c', 'ulimit -n 300 && exec "$0" "$1"', process.execPath, entry], {
    env: {
      ...inherited,
      SLUICE_REDIS_URL: 'redis://127.0.0.1:1',
      SLUICE_METRICS_PORT: '0',
      SLUICE_WORKER_CONCURRENCY: String(concurrency),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const messages: Record<string, unknown>[] = []
  for await (const line of createInterface({ input: worker.stdout })) {
    messages.push(JSON.parse(line) as Record<string, unknown>)
    if (line.includes('Redis cannot be reached')) break
  }
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  return messages
}

test('a worker that may open too few files for its concurrency warns at its start', { timeout: 30_000 }, async () => {
  const [warning] = await logWith(201)
  expect(warning).toMatchObject({
    level: 40,
    maxOpenFiles: 300,
    requiredOpenFiles: 301,
    concurrency: 201,
    msg: 'the process may open too few files for its concurrency, so calls may fail; raise the limit (ulimit -n)',
  })
})

test('a worker that may open enough files does not warn', { timeout: 30_000 }, async () => {
  const messages = await logWith(200)
  expect(messages).toMatchObject([{ msg: 'Redis cannot be reached; reconnecting' }])
})
