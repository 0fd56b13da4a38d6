import { readSettingsOrExit } from '@sluice/settings'
import { createLogger } from './create-logger.ts'
import { serve } from './serve.ts'
import { program } from './settings.ts'

const settings = readSettingsOrExit(program, process)
const logger = createLogger(settings.SLUICE_LOG_LEVEL, process.stdout.isTTY)
const api = await serve(settings, logger).catch((error: unknown) => {
  logger.fatal({ err: error }, 'the API could not start')
  process.exit(1)
})

let isStopping = false

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void stopOnce(signal))
}

/** A second Ctrl-C must not stop the API twice. */
async function stopOnce(signal: string): Promise<void> {
  if (isStopping) return
  isStopping = true
  logger.info({ signal }, 'stopping')
  await api.stop()
  logger.info('stopped')
  // Pending requests to an unreachable Redis would keep the process alive for seconds.
  process.exit(0)
}
