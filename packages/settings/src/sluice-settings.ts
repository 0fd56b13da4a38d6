import { Type } from 'typebox'

/**
 * The names of all settings of an installation, including those of docker-compose.yml and of the command line. Processes may share one file of
 * settings: each ignores what another one reads, and refuses what none does. A test holds the list to the schemas.
 */
const NAMES = [
  'SLUICE_ALLOWED_HOSTS',
  'SLUICE_ALLOW_ANONYMOUS',
  'SLUICE_API_KEY',
  'SLUICE_API_KEY_FILE',
  'SLUICE_AUDIT_MAX_ENTRIES',
  'SLUICE_BODY_TIMEOUT_MS',
  'SLUICE_BOOTSTRAP_KEY_FILE',
  'SLUICE_CORS_ORIGINS',
  'SLUICE_DASHBOARD',
  'SLUICE_DEMO_RESULTS',
  'SLUICE_DEMO_TASKS',
  'SLUICE_DEMO_UPSTREAM_URL',
  'SLUICE_GATE_ACCEPT_SPRINT_MS',
  'SLUICE_GATE_BUSY_AFTER_MS',
  'SLUICE_GATE_CAPACITY',
  'SLUICE_GATE_ENABLED',
  'SLUICE_GATE_MAX_HELD_BODY_BYTES',
  'SLUICE_GATE_MAX_WAIT_MS',
  'SLUICE_GATE_MIN_WAIT_MS',
  'SLUICE_GATE_RELEASE_BUDGET_MS',
  'SLUICE_GATE_TICK_TARGET_MS',
  'SLUICE_HANDLERS',
  'SLUICE_HOST',
  'SLUICE_HTTP2',
  'SLUICE_HTTP_ALLOW_HOSTS',
  'SLUICE_HTTP_MAX_BODY_BYTES',
  'SLUICE_KEY_PREFIX',
  'SLUICE_LOG_LEVEL',
  'SLUICE_MAX_API_KEYS',
  'SLUICE_MAX_BATCH_TASKS',
  'SLUICE_MAX_BODY_BYTES',
  'SLUICE_MAX_CONNECTIONS',
  'SLUICE_MAX_EVENT_STREAMS',
  'SLUICE_MAX_EVENT_STREAMS_PER_KEY',
  'SLUICE_MAX_FAILED_AUTHENTICATIONS',
  'SLUICE_MAX_LIMITS',
  'SLUICE_MAX_OPEN_BODY_BYTES',
  'SLUICE_MAX_QUEUES',
  'SLUICE_MAX_REQUESTS_PER_SECOND',
  'SLUICE_MAX_RESULT_STREAMS',
  'SLUICE_MAX_TASK_BYTES',
  'SLUICE_METRICS_HOST',
  'SLUICE_METRICS_PORT',
  'SLUICE_OIDC_CLIENT_ID',
  'SLUICE_OIDC_CLIENT_SECRET',
  'SLUICE_OIDC_CLIENT_SECRET_FILE',
  'SLUICE_OIDC_ISSUER',
  'SLUICE_OIDC_QUEUES_CLAIM',
  'SLUICE_OIDC_ROLES',
  'SLUICE_OIDC_ROLE_CLAIM',
  'SLUICE_OIDC_SCOPES',
  'SLUICE_OIDC_TENANT_CLAIM',
  'SLUICE_PORT',
  'SLUICE_PROFILE',
  'SLUICE_PUBLIC_URL',
  'SLUICE_PUBLISH_PORT',
  'SLUICE_QUEUES',
  'SLUICE_REDIS_MAXMEMORY',
  'SLUICE_REDIS_URL',
  'SLUICE_RETENTION_MS',
  'SLUICE_SHUTDOWN_GRACE_MS',
  'SLUICE_STALL_MS',
  'SLUICE_UNSEALED_EXPIRY_MS',
  'SLUICE_URL',
  'SLUICE_WORKER_CONCURRENCY',
]

/** How processes of Sluice tell settings from other variables. */
export const sluiceNames = { prefix: 'SLUICE_', knownNames: NAMES, allowPrefixes: ['SLUICE_SECRET_'] }

/** The setting of the prefix of all keys in Redis. */
export const keyPrefix = Type.String({
  default: 'sluice',
  pattern: '^[A-Za-z0-9_.-]{1,50}$',
  description: 'Prefix of all keys in Redis. All processes of an installation must have the same.',
})

/** The setting of the lowest level that is logged. */
export const logLevel = Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
  default: 'info',
  description: 'Lowest level of log entries that are written.',
})
