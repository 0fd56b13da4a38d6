import { isReported, type ApiRole } from '@sluice/engine'
import { logOutput, optionValue, readSettingsOrExit } from '@sluice/settings'
import { CREATE_KEY } from './create-key-option.ts'
import { createKey } from './create-key.ts'
import { createLogger } from './create-logger.ts'
import { serve } from './serve.ts'
import { program } from './settings.ts'

const settings = readSettingsOrExit(program, process)
const role = optionValue(program, process, CREATE_KEY)
if (role !== undefined) await printNewKey(role as ApiRole)

const logger = createLogger(settings.SLUICE_LOG_LEVEL, process.stdout.isTTY)
logOutput(logger, { console, process }, isReported)
const api = await serve(settings, logger).catch((error: unknown) => {
  logger.fatal({ err: error }, 'the API could not start')
  process.exit(1)
})

let isStopping = false
let exitCode = 0

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void stopOnce(signal))
}

// Also receives unhandled rejections. Node would print the error, and end the process with all its requests at once.
process.on('uncaughtException', (error, origin) => {
  logger.fatal({ err: error, origin }, 'an error was not caught; the API stops and exits with 1')
  exitCode = 1
  void stopOnce(origin)
})

/** A second Ctrl-C must not stop the API twice. */
async function stopOnce(signal: string): Promise<void> {
  if (isStopping) return
  isStopping = true
  logger.info({ signal }, 'stopping')
  await api.stop()
  logger.info('stopped')
  // Pending requests to an unreachable Redis would keep the process alive for seconds.
  process.exit(exitCode)
}

/** The key alone goes to standard output, so that a shell can keep it in a variable. */
async function printNewKey(of: ApiRole): Promise<never> {
  const { apiKey, text } = await createKey(settings, of).catch((error: Error) => {
    process.stderr.write(`No API key was created: ${error.message}\n`)
    process.exit(1)
  })
  process.stderr.write(`API key ${apiKey.id} of role ${apiKey.role}. It is not shown again:\n`)
  process.stdout.write(`${text}\n`)
  process.exit(0)
}
