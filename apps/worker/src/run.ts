import { isReported } from '@sluice/engine'
import { isOnlyCheck, logOutput, readSettingsOrExit } from '@sluice/settings'
import type { Handlers } from '@sluice/worker-kit'
import { createLog } from './create-log.ts'
import { loadHandlers } from './load-handlers.ts'
import { serve } from './serve.ts'
import { readSecrets } from './secrets.ts'
import { program } from './settings.ts'

/** A shutdown that does not end, because Redis is down, is forced this long after the grace time. */
const FORCE_AFTER_MS = 5000

const settings = readSettingsOrExit(program, process)
const handlers = await loadHandlersOrExit(settings.SLUICE_HANDLERS)
if (isOnlyCheck(process)) {
  process.stdout.write('The settings and the handlers are in order.\n')
  process.exit(0)
}
const log = createLog(settings.SLUICE_LOG_LEVEL, process.stdout.isTTY)
logOutput(log, { console, process }, isReported)
const worker = await serve({ settings, secrets: readSecrets(process.env), handlers, log }).catch(fail)

let isStopping = false
let exitCode = 0

process.once('SIGTERM', (signal) => void stop(signal))
process.once('SIGINT', (signal) => void stop(signal))
// Also receives unhandled rejections. Node would end the process at once, and every running task would lose an attempt.
process.on('uncaughtException', stopAfterError)

await worker.ready.catch(fail)

function fail(error: unknown): never {
  log.fatal({ err: error }, 'the worker could not start')
  process.exit(1)
}

async function loadHandlersOrExit(path: string): Promise<Handlers> {
  if (path === '') return {}
  try {
    return await loadHandlers(path)
  } catch (error) {
    process.stderr.write(`The handlers cannot be used: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  }
}

/** The error of a handler that belongs to no attempt. What it left behind is unknown, so a new process must take over. */
function stopAfterError(error: unknown, origin: string): void {
  log.fatal({ err: error, origin }, 'an error was not caught, probably by a handler; the worker stops and exits with 1')
  exitCode = 1
  void stop(origin)
}

async function stop(signal: string): Promise<void> {
  if (isStopping) return
  isStopping = true
  const graceMs = settings.SLUICE_SHUTDOWN_GRACE_MS
  log.info({ signal, running: worker.running, graceMs }, 'stopping')
  setTimeout(() => {
    log.error('the shutdown timed out; other workers take over the remaining tickets')
    process.exit(1)
  }, graceMs + FORCE_AFTER_MS).unref()
  await worker.stop()
  log.info('stopped')
  process.exit(exitCode)
}
