import { readSettingsOrExit } from '@sluice/settings'
import { program } from './config.ts'
import { createLog } from './create-log.ts'
import { serve } from './serve.ts'

const config = readSettingsOrExit(program, process)
const log = createLog(config.SLUICE_LOG_LEVEL, process.stdout.isTTY)
const api = await serve(config, log).catch((error: unknown) => {
  log.fatal({ err: error }, 'the API could not start')
  process.exit(1)
})

let isStopping = false

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => void stopOnce(signal))
}

/** The second Ctrl-C of an impatient person must not stop it twice. */
async function stopOnce(signal: string): Promise<void> {
  if (isStopping) return
  isStopping = true
  log.info({ signal }, 'stopping')
  await api.stop()
  log.info('stopped')
  // What Redis was asked in vain would keep the process until its time is over, for ten seconds.
  process.exit(0)
}
