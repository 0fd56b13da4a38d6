import { Type } from 'typebox'

/** All settings of a worker process. `--help` and docs/configuration.md show them. */
export const workerSettings = Type.Object({
  SLUICE_REDIS_URL: Type.String({
    default: 'redis://127.0.0.1:6379',
    description: 'Where Redis is. Several comma-separated addresses are the nodes of a Redis Cluster.',
  }),
  SLUICE_KEY_PREFIX: Type.String({
    default: 'sluice',
    pattern: '^[A-Za-z0-9_.-]{1,50}$',
    description: 'What all keys in Redis begin with. The API and its workers must agree on it.',
  }),
  SLUICE_WORKER_CONCURRENCY: Type.Integer({
    default: 50,
    minimum: 1,
    maximum: 10_000,
    description: 'Tasks this process runs at once, for each queue it serves.',
  }),
  SLUICE_QUEUES: Type.Array(Type.String(), {
    default: [],
    description: 'Queues to serve, separated by commas. Empty: all, those that are created later among them.',
  }),
  SLUICE_HANDLERS: Type.String({
    default: '',
    description:
      'Path of a module whose default export is an object of handlers by task type. They come beside the built-in http handler, and one named http replaces it.',
  }),
  SLUICE_HTTP_ALLOW_HOSTS: Type.Array(Type.String(), {
    default: [],
    description:
      'Hosts (host, host:port or *.example.com; * for all) that http tasks may call although their address is private, loopback or link-local.',
  }),
  SLUICE_HTTP_MAX_BODY_BYTES: Type.Integer({
    default: 1_048_576,
    minimum: 1024,
    maximum: 4_000_000,
    description: 'How long a response to an http task may be, in bytes. A longer one fails its task.',
  }),
  SLUICE_SHUTDOWN_GRACE_MS: Type.Integer({
    default: 8000,
    minimum: 0,
    maximum: 3_600_000,
    description:
      'How long running tasks may go on after SIGTERM, in ms. Then they are aborted and given back. Docker kills after 10 seconds unless told otherwise.',
  }),
  SLUICE_RETENTION_MS: Type.Integer({
    default: 604_800_000,
    minimum: 60_000,
    description: 'How long a finished batch is kept, in ms. Default: seven days.',
  }),
  SLUICE_UNSEALED_EXPIRY_MS: Type.Integer({
    default: 604_800_000,
    minimum: 60_000,
    description: 'A batch that nobody seals is sealed so long after its creation, in ms. Default: seven days.',
  }),
  SLUICE_METRICS_HOST: Type.String({
    default: '127.0.0.1',
    description: 'Address the metrics are served on.',
  }),
  SLUICE_METRICS_PORT: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 65_535,
    description: 'Port that /metrics, /healthz and /readyz are served on. 0: off.',
  }),
  SLUICE_LOG_LEVEL: Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    description: 'What is logged: entries of this level and above.',
  }),
})

const SECRET_PREFIX = 'SLUICE_SECRET_'

/** What `SLUICE_SECRET_NAME` variables hold, by NAME. */
export function readSecrets(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const secrets = Object.entries(env).filter(([name, value]) => name.startsWith(SECRET_PREFIX) && value !== undefined)
  return Object.fromEntries(secrets.map(([name, value]) => [name.slice(SECRET_PREFIX.length), value ?? '']))
}

/** Names that begin like settings and are none. */
export const notSettings = [SECRET_PREFIX]
