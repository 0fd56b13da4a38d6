import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { startProcess } from '@sluice/testing/servers'

/** Starts all processes by `sluice dev`, runs apps/demo against them, and stops them whether or not it succeeds. */

const SOURCE = '--conditions=@sluice/source'
const RESULTS = '.demo/results.ndjson'
const KEY_FILE = '.demo/key'

const say = (text: string) => process.stdout.write(`${text}\n`)
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

say('Starting Redis, the API, 3 workers and the mock upstream …')
await using dev = await startProcess({
  entry: 'apps/cli/src/main.ts',
  args: ['dev', '--quiet', '--workers', '3'],
  ready: /export .*\n/,
})
const given = Object.fromEntries(
  [...dev.output.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
)
say(`The API listens at ${given['SLUICE_URL']}. Its documentation is at ${given['SLUICE_URL']}/docs.\n`)
await mkdir('.demo', { recursive: true })
await writeFile(KEY_FILE, `${given['SLUICE_API_KEY']}\n`, { mode: 0o600 })
const code = interrupted.signal.aborted ? 1 : await runDemo()
if (interrupted.signal.aborted) say('\nInterrupted. All processes stop.')
else if (code !== 0) process.exitCode = 1

/** Runs the demo in the foreground, so that its progress bar can use the terminal. */
async function runDemo(): Promise<number | null> {
  const { SLUICE_TEST_REDIS_URL: _, ...inherited } = process.env
  const env = {
    ...inherited,
    SLUICE_URL: given['SLUICE_URL'],
    SLUICE_API_KEY_FILE: KEY_FILE,
    SLUICE_DEMO_UPSTREAM_URL: given['UPSTREAM'],
    SLUICE_DEMO_RESULTS: RESULTS,
  }
  const child = spawn(process.execPath, [SOURCE, 'apps/demo/src/main.ts'], { env, stdio: 'inherit' })
  interrupted.signal.addEventListener('abort', () => child.kill())
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  return exitCode
}
