import type { Program, Settings } from '@sluice/settings'
import { Type } from 'typebox'
import { checkGateSettings, gateSettings } from './gate/gate-settings.ts'

/** Everything that can be set about the API process. */
export const ConfigSchema = Type.Object({
  SLUICE_REDIS_URL: Type.String({
    default: 'redis://127.0.0.1:6379',
    minLength: 1,
    description: 'The Redis everything is kept in; several comma-separated addresses are the nodes of a Redis Cluster.',
  }),
  SLUICE_KEY_PREFIX: Type.String({
    default: 'sluice',
    pattern: '^[A-Za-z0-9_.-]{1,50}$',
    description: 'What the names of all keys in Redis begin with. The same for every process of an installation.',
  }),
  SLUICE_HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'The address to listen on. Beyond loopback only with SLUICE_ALLOW_ANONYMOUS=true.',
  }),
  SLUICE_PORT: Type.Integer({
    default: 3000,
    minimum: 0,
    maximum: 65_535,
    description: 'The port to listen on; 0 takes any free one.',
  }),
  SLUICE_ALLOW_ANONYMOUS: Type.Boolean({
    default: false,
    description: 'Whoever reaches the port may use the API. Set it to true only where nobody else can reach it.',
  }),
  SLUICE_LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'How much is logged: this level and those above it.',
  }),
  SLUICE_MAX_TASK_BYTES: Type.Integer({
    default: 262_144,
    minimum: 1024,
    maximum: 16_777_216,
    description: 'The largest task, in bytes of its JSON as it is sent.',
  }),
  SLUICE_MAX_BODY_BYTES: Type.Integer({
    default: 10_485_760,
    minimum: 1024,
    maximum: 268_435_456,
    description: 'The largest JSON body with tasks, in bytes. Other bodies may have 131,072; NDJSON has no limit.',
  }),
  SLUICE_MAX_BATCH_TASKS: Type.Integer({
    default: 1_000_000,
    minimum: 1,
    maximum: 100_000_000,
    description: 'The most tasks one batch may hold.',
  }),
  SLUICE_SHUTDOWN_GRACE_MS: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: 3_600_000,
    description: 'How long requests may go on after SIGTERM before their connections are closed, in ms.',
  }),
  ...gateSettings,
})
export type Config = Settings<typeof ConfigSchema>

/** The API process, as `readSettings` and `--help` know it. */
export const program = {
  name: 'sluice-api',
  summary: 'Serves the REST API of Sluice.',
  schema: ConfigSchema,
  prefix: 'SLUICE_',
  check: checkConfig,
} satisfies Program<typeof ConfigSchema>

function checkConfig(config: Config): string[] {
  return [...checkHost(config), ...checkGateSettings(config)]
}

function checkHost({ SLUICE_HOST: host, SLUICE_ALLOW_ANONYMOUS: isOpen }: Config): string[] {
  if (isOpen || isLoopback(host)) return []
  return [
    `SLUICE_HOST: ${host} can be reached from other machines, and the API asks nobody who they are. ` +
      'Use 127.0.0.1, or set SLUICE_ALLOW_ANONYMOUS=true where the network keeps others out',
  ]
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
