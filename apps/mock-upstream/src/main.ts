import { readSettingsOrExit, readVersion } from '@sluice/settings'
import { pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import { defaultServiceOf, mockSettings } from './settings.ts'
import { type MockServer, type MockServerOptions, startMockServer } from './mock-server.ts'

const settings = readSettingsOrExit(
  {
    name: 'sluice-mock-upstream',
    version: readVersion(new URL('../package.json', import.meta.url)),
    summary: 'A simulated third-party API with configurable concurrency, rate limits, delays and errors.',
    schema: mockSettings,
    prefix: 'MOCK_',
  },
  process,
)
const logger = pino({ name: 'mock-upstream' }, process.stdout.isTTY ? PinoPretty() : pino.destination(1))

async function run(options: MockServerOptions): Promise<void> {
  const server = await startMockServer(options)
  stopOnSignal(server)
  await server.stopped
  logger.info('mock upstream stopped')
}

function stopOnSignal(server: MockServer): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.stop())
}

try {
  await run({
    port: settings.MOCK_PORT,
    host: settings.MOCK_HOST,
    mode: settings.MOCK_MODE,
    defaultService: defaultServiceOf(settings),
    logger,
    logRequests: settings.MOCK_LOG_REQUESTS,
  })
} catch (error) {
  logger.fatal({ err: error }, 'mock upstream cannot start; is MOCK_PORT in use?')
  process.exitCode = 1
}
