import { keyPrefix, logLevel, type Program, redisUrl, type Settings, sluiceNames, readVersion } from '@sluice/settings'
import { Type } from 'typebox'
import { CREATE_KEY, createKeyOption } from './create-key-option.ts'
import { checkGateSettings, gateSettings } from './gate/gate-settings.ts'
import { clientBoundsSettings } from './http/client-bounds.ts'
import { checkOidcSettings, oidcSettings } from './sessions/oidc/oidc-settings.ts'
import { checkSessionSettings, sessionSettings } from './sessions/session-settings.ts'

/** The settings of the API process. */
export const apiSettings = Type.Object({
  SLUICE_REDIS_URL: redisUrl,
  SLUICE_KEY_PREFIX: keyPrefix,
  SLUICE_HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'Address to listen on. The API has no TLS of its own: beyond loopback, let a proxy add it.',
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
      'Whether clients need no API key. A client without one may then do everything, so set it to true only where all that ' +
      'can reach the API may do so. A client that sends a key has the permissions of that key.',
  }),
  SLUICE_BOOTSTRAP_KEY_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'File with the first API key, of role admin. While the installation has no API key, the one in the file is stored. If ' +
        'the file does not exist, it is written with a new key, readable by its owner only.',
    }),
  ),
  SLUICE_MAX_API_KEYS: Type.Integer({
    default: 1000,
    minimum: 1,
    maximum: 10_000,
    description: 'Maximum number of API keys.',
  }),
  SLUICE_MAX_REQUESTS_PER_SECOND: Type.Integer({
    default: 2000,
    minimum: 1,
    maximum: 1_000_000,
    description:
      'Requests per second that one API key may make, on average over ten seconds, of all API processes together. Further ' +
      'ones get 429. Each process learns once a second what the others have accepted.',
  }),
  SLUICE_AUDIT_MAX_ENTRIES: Type.Integer({
    default: 100_000,
    minimum: 1000,
    maximum: 10_000_000,
    description:
      'About how many entries the audit log keeps of what only operators and administrators may do, and as many again of ' +
      'submissions and refusals. An entry takes about 300 bytes of Redis.',
  }),
  SLUICE_MAX_FAILED_AUTHENTICATIONS: Type.Integer({
    default: 10,
    minimum: 1,
    maximum: 1_000_000,
    description:
      'Requests with a wrong API key that one address may make in a minute. It then gets 429 for every key that the process ' +
      'has not seen in the last minute. Behind a proxy, all clients have the address of the proxy.',
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
  ...sessionSettings,
  ...oidcSettings,
  SLUICE_DASHBOARD: Type.Boolean({
    default: true,
    description:
      'Whether the API serves the dashboard at /ui. What a person sees and can do there depends on the API key that they ' +
      'sign in with.',
  }),
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

/** The version of this process. */
export const version = readVersion(new URL('../package.json', import.meta.url))

/** The API process, as `readSettings` and `--help` know it. */
export const program = {
  name: 'sluice-api',
  version,
  summary: 'Serves the REST API of Sluice.',
  schema: apiSettings,
  ...sluiceNames,
  check: checkSettings,
  options: { [CREATE_KEY]: createKeyOption },
} satisfies Program<typeof apiSettings>

function checkSettings(settings: ApiSettings): string[] {
  return [
    ...checkAccess(settings),
    ...checkOrigins(settings),
    ...checkSessionSettings(settings),
    ...checkOidcSettings(settings),
    ...checkBodies(settings),
    ...checkGateSettings(settings),
  ]
}

function checkAccess({ SLUICE_ALLOW_ANONYMOUS: isOpen, SLUICE_BOOTSTRAP_KEY_FILE: file }: ApiSettings): string[] {
  if (!isOpen || file === undefined) return []
  return ['SLUICE_BOOTSTRAP_KEY_FILE: has no use with SLUICE_ALLOW_ANONYMOUS=true. Unset one of the two']
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
