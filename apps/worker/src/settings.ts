import { keyPrefix, logLevel, type Program, redisUrl, type Settings, sluiceNames, readVersion } from '@sluice/settings'
import { checkHosts } from '@sluice/worker-kit'
import { Type } from 'typebox'
import { checkSecrets } from './secrets.ts'

/** All settings of a worker process. `--help` and docs/configuration.md list them. */
export const workerSettings = Type.Object({
  SLUICE_REDIS_URL: redisUrl,
  SLUICE_KEY_PREFIX: keyPrefix,
  SLUICE_WORKER_CONCURRENCY: Type.Integer({
    default: 50,
    minimum: 1,
    maximum: 10_000,
    description: 'Maximum number of tasks this process runs at once, for each queue it serves.',
  }),
  SLUICE_QUEUES: Type.Array(Type.String(), {
    default: [],
    description: 'Queues to serve, separated by commas. Empty: all queues, including queues created later.',
  }),
  SLUICE_HANDLERS: Type.String({
    default: '',
    description:
      'Path of a module whose default export is an object of handlers by task type. They are added to the built-in http handler, so none may be named http.',
  }),
  SLUICE_HTTP_ALLOW_HOSTS: Type.Array(Type.String(), {
    default: [],
    description:
      'Hosts that http tasks may call at private, loopback and link-local addresses, at addresses of this machine and at ports of other protocols: host, host:port or *.example.com, separated by commas. * allows all hosts.',
  }),
  SLUICE_HTTP_MAX_BODY_BYTES: Type.Integer({
    default: 1_048_576,
    minimum: 1024,
    maximum: 4_000_000,
    description: 'Maximum length of a response body to an http task, in bytes. A longer body fails the task.',
  }),
  SLUICE_HTTP2: Type.Boolean({
    default: false,
    description:
      'Whether http tasks use HTTP/2 with upstreams that offer it over TLS. Up to 100 calls then share a connection, and fail together if it breaks.',
  }),
  SLUICE_SHUTDOWN_GRACE_MS: Type.Integer({
    default: 8000,
    minimum: 0,
    maximum: 3_600_000,
    description:
      'Time that running tasks have to finish after SIGTERM, in ms. Then they are aborted and released. Docker kills a container 10 seconds after SIGTERM by default.',
  }),
  SLUICE_RETENTION_MS: Type.Integer({
    default: 604_800_000,
    minimum: 60_000,
    description: 'Time a finished batch is kept, in ms. Default: seven days.',
  }),
  SLUICE_UNSEALED_EXPIRY_MS: Type.Integer({
    default: 604_800_000,
    minimum: 60_000,
    description: 'Time after which an unsealed batch is sealed automatically, in ms. Default: seven days.',
  }),
  SLUICE_METRICS_HOST: Type.String({
    default: '127.0.0.1',
    description: 'Address that /metrics, /healthz and /readyz are served on.',
  }),
  SLUICE_METRICS_PORT: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65_535,
    description: 'Port that /metrics, /healthz and /readyz are served on. 0: they are not served.',
  }),
  SLUICE_LOG_LEVEL: logLevel,
})

export type WorkerSettings = Settings<typeof workerSettings>

/** The version of this process. */
export const version = readVersion(new URL('../package.json', import.meta.url))

/** The worker process, as `readSettingsOrExit` and `--help` describe it. */
export const program = {
  name: 'sluice-worker',
  version,
  summary: 'Runs the tasks of batches. Start any number of workers, on any machines that reach the same Redis.',
  checksMore: true,
  schema: workerSettings,
  ...sluiceNames,
  check: ({ SLUICE_HTTP_ALLOW_HOSTS: hosts }, env) => [
    ...checkHosts(hosts).map((flaw) => `SLUICE_HTTP_ALLOW_HOSTS: ${flaw}`),
    ...checkSecrets(env),
  ],
} satisfies Program<typeof workerSettings>
