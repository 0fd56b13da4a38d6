import type { Command } from 'commander'
import { untilInterrupted } from '../context.ts'
import { Installation } from '../dev/installation.ts'
import { scriptFolder } from '../dev/programs.ts'
import { write } from '../output/print.ts'
import { parseCount } from './arguments.ts'

interface DevOptions {
  workers: number
  handlers?: string
  data?: string
}

/** Adds `sluice dev`. */
export function addDevCommand(program: Command, env: Readonly<Record<string, string | undefined>>): void {
  const dev = program
    .command('dev')
    .description('Runs Redis, an API, a worker and a mock upstream on this machine until Ctrl-C.')
    .option('--workers <number>', 'worker processes', parseCount, 1)
    .option('--handlers <module>', 'module with handlers of your own, of JavaScript or TypeScript')
    .option('--data <folder>', 'keep batches and the API key in this folder (default: they are deleted at the end)')
    .action((options: DevOptions) => run(options, env, dev.optsWithGlobals<{ quiet?: true }>().quiet === true))
}

async function run(options: DevOptions, env: Readonly<Record<string, string | undefined>>, isQuiet: boolean) {
  const signal = untilInterrupted('SIGINT', 'SIGTERM', 'SIGHUP')
  const say = (text: string) => void (isQuiet || process.stderr.write(`${text}\n`))
  say(`Starting Redis, the API, ${workersOf(options)} and the mock upstream …`)
  const interrupted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined))
  })
  try {
    const installation = await Installation.start({ ...options, env, log: say }, signal)
    try {
      await show(installation, isQuiet, options.data !== undefined)
      await Promise.race([installation.failed, interrupted])
    } finally {
      say('\nStopping …')
      await installation.stop()
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function workersOf({ workers }: DevOptions): string {
  return workers === 1 ? 'a worker' : `${workers} workers`
}

/** What the other terminal needs goes to stdout; the rest is for people. */
async function show({ api, upstream, apiKey }: Installation, isQuiet: boolean, isKept: boolean): Promise<void> {
  const folder = scriptFolder()
  const path = folder === undefined ? '' : `PATH="${folder}:$PATH" `
  const exports = `export ${path}SLUICE_URL=${api} SLUICE_API_KEY=${apiKey} UPSTREAM=${upstream}\n`
  if (isQuiet) return await write(exports)
  process.stderr.write(`
  API            ${api}, with a reference at ${api}/docs
  dashboard      ${api}/ui/, where you sign in with the API key
  API key        ${apiKey} (role admin)
  mock upstream  ${upstream}/mock/llm, which accepts 200 calls per second, 100 at once

Ctrl-C stops everything${isKept ? '' : ', and deletes its batches'}. In another terminal:

`)
  await write(exports)
  process.stderr.write(`
  printf 'id\\n1\\n2\\n3\\n' > calls.csv
  sluice run calls.csv --url "$UPSTREAM/mock/llm?id={{id}}" --key id -o results.ndjson

`)
}
