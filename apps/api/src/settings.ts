import { keyPrefix, logLevel, type Program, redisUrl, type Settings, sluiceNames } from '@sluice/settings'
import { Type } from 'typebox'
import { checkGateSettings, gateSettings } from './gate/gate-settings.ts'
import { clientBoundsSettings } from './http/client-bounds.ts'
import { isLoopback } from './http/guard/loopback.ts'

/** The settings of the API process. */
export const apiSettings = Type.Object({
  SLUICE_REDIS_URL: redisUrl,
  SLUICE_KEY_PREFIX: keyPrefix,
  SLUICE_HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'Address to listen on. An address beyond loopback requires SLUICE_ALLOW_ANONYMOUS=true.',
  }),
  SLUICE_PORT: Type.Integer({
    default: 3000,
    minimum: 0,
    maximum: 65_535,
    description: 'Port to listen on. 0 picks a free port.',
  }),
  SLUICE_ALLOW_ANONYMOUS: Type.Boolean({
    default: false,
    description:
      'Whether the API may be reachable from other machines although it authenticates no client. Set it to true only in ' +
      'a network that keeps other clients out.',
  }),
  SLUICE_ALLOWED_HOSTS: Type.Array(
    Type.String({
      pattern: String.raw`^((\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[?[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]?)$`,
      expects: 'a host name, *.example.com or an address, without a port',
    }),
    {
      default: [],
      description:
        'Names by which clients call the API, besides localhost and SLUICE_HOST: those of its service, and of a proxy that ' +
        'passes its own name on. Requests for other names get 421. Addresses are always accepted, except by an API that ' +
        'listens on loopback, which accepts loopback addresses.',
    },
  ),
  SLUICE_CORS_ORIGINS: Type.Array(
    Type.String({ pattern: String.raw`^https?://[^\s/?#@*]+$`, expects: 'an origin, such as https://app.example.com' }),
    {
      default: [],
      description:
        'Origins whose pages may call the API from a browser (CORS), besides its own pages: scheme, host and port, exactly ' +
        'as browsers send them in Origin.',
    },
  ),
  SLUICE_LOG_LEVEL: logLevel,
  SLUICE_MAX_TASK_BYTES: Type.Integer({
    default: 262_144,
    minimum: 1024,
    maximum: 16_777_216,
    description: 'Maximum size of a task, in bytes of its JSON as sent.',
  }),
  SLUICE_MAX_BODY_BYTES: Type.Integer({
    default: 10_485_760,
    minimum: 1024,
    maximum: 268_435_456,
    description:
      'Maximum size of a JSON body with tasks, in bytes. Other bodies may have 131,072 bytes; NDJSON has no limit.',
  }),
  SLUICE_MAX_BATCH_TASKS: Type.Integer({
    default: 1_000_000,
    minimum: 1,
    maximum: 100_000_000,
    description: 'Maximum number of tasks in a batch.',
  }),
  SLUICE_MAX_QUEUES: Type.Integer({
    default: 1000,
    minimum: 1,
    maximum: 10_000,
    description:
      'Maximum number of queues besides default. Each queue costs every worker that serves it a connection to Redis.',
  }),
  SLUICE_MAX_LIMITS: Type.Integer({
    default: 1000,
    minimum: 1,
    maximum: 10_000,
    description: 'Maximum number of limits.',
  }),
  SLUICE_SHUTDOWN_GRACE_MS: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: 3_600_000,
    description: 'Time that running requests have to finish after SIGTERM, in ms. Then their connections are closed.',
  }),
  ...clientBoundsSettings,
  ...gateSettings,
})
export type ApiSettings = Settings<typeof apiSettings>

/** The API process, as `readSettings` and `--help` know it. */
export const program = {
  name: 'sluice-api',
  summary: 'Serves the REST API of Sluice.',
  schema: apiSettings,
  ...sluiceNames,
  check: checkSettings,
} satisfies Program<typeof apiSettings>

function checkSettings(settings: ApiSettings): string[] {
  return [...checkHost(settings), ...checkOrigins(settings), ...checkBodies(settings), ...checkGateSettings(settings)]
}

function checkHost({ SLUICE_HOST: host, SLUICE_ALLOW_ANONYMOUS: isOpen }: ApiSettings): string[] {
  if (isOpen || isLoopback(host)) return []
  return [
    `SLUICE_HOST: ${host} is reachable from other machines, and the API authenticates no client. ` +
      'Use 127.0.0.1, or set SLUICE_ALLOW_ANONYMOUS=true if the network keeps other clients out',
  ]
}

/** Browsers send origins in one spelling: lower case, without the port of the scheme. */
function checkOrigins({ SLUICE_CORS_ORIGINS: origins }: ApiSettings): string[] {
  return origins
    .map((origin) => [origin, URL.parse(origin)?.origin] as const)
    .filter(([origin, sent]) => origin !== sent)
    .map(
      ([origin, sent]) =>
        `SLUICE_CORS_ORIGINS: "${origin}" is not an origin. ${sent === undefined ? 'It has no valid host' : `Browsers send "${sent}"`}`,
    )
}

function checkBodies({ SLUICE_MAX_BODY_BYTES: one, SLUICE_MAX_OPEN_BODY_BYTES: all }: ApiSettings): string[] {
  if (one <= all) return []
  return [
    `SLUICE_MAX_BODY_BYTES: ${one} is above SLUICE_MAX_OPEN_BODY_BYTES, ${all}, so that no such body could be read`,
  ]
}
