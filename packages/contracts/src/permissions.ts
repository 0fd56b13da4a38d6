/** The named permissions of the API. Each operation states the one that it needs, or null if it is public. */
export const permissions = {
  'session:read': 'Read who one is, what one may do, and the sessions of the own API key or person.',
  'session:write': 'End sessions of the own API key or person.',
  'batches:read': 'Read batches, their reports, their series, their interruptions and their events.',
  'batches:write': 'Create, seal and cancel batches, and append tasks.',
  'batches:control': 'Change, interrupt and resume batches, and retry their tasks.',
  'batches:delete': 'Delete batches.',
  'payloads:read': 'Read the payloads and results of tasks.',
  'queues:read': 'Read queues.',
  'queues:write': 'Create, change, pause, resume and delete queues.',
  'secrets:grant': 'Let the tasks of a queue use secrets of the workers.',
  'limits:read': 'Read limits.',
  'limits:write': 'Create, change and delete limits.',
  'detections:read': 'Read detections.',
  'detections:write': 'Start and cancel detections.',
  'workers:read': 'Read which workers are alive, and what they run.',
  'system:read': 'Read the state of the installation.',
  'tenants:read': 'Read the quotas and the usage of tenants.',
  'tenants:write': 'Change the quotas of tenants.',
  'metrics:read': 'Read the metrics of the process.',
  'keys:read': 'Read API keys, without their secrets, and all sessions.',
  'keys:write': 'Create, change, replace and delete API keys, and end all sessions.',
  'audit:read': 'Read the audit log.',
} as const

/** The name of a permission. */
export type Permission = keyof typeof permissions

const viewer = [
  'session:read',
  'session:write',
  'batches:read',
  'queues:read',
  'limits:read',
  'detections:read',
  'workers:read',
  'tenants:read',
  'system:read',
  'metrics:read',
] as const satisfies Permission[]
const submitter = [...viewer, 'batches:write', 'payloads:read'] as const satisfies Permission[]
const operator = [
  ...submitter,
  'batches:control',
  'batches:delete',
  'queues:write',
  'limits:write',
  'detections:write',
] as const satisfies Permission[]
const admin = [
  ...operator,
  'secrets:grant',
  'tenants:write',
  'keys:read',
  'keys:write',
  'audit:read',
] as const satisfies Permission[]

/** The permissions of each role. Each role has those of the roles before it. */
export const roles = { viewer, submitter, operator, admin } as const satisfies Record<string, readonly Permission[]>

/** The name of a role. */
export type Role = keyof typeof roles

/**
 * Permissions for what belongs to all queues and tenants together. An API key that is narrowed to some queues does not
 * have them, with any role. One that belongs to a tenant has neither these nor `queues:write`: the settings of a queue
 * decide what tasks of all tenants do.
 */
const installationPermissions = new Set<Permission>([
  'secrets:grant',
  'limits:write',
  'tenants:write',
  'system:read',
  'metrics:read',
  'keys:read',
  'keys:write',
  'audit:read',
])

/** What a client is confined to. */
export interface Confinement {
  /** Whether its API key is narrowed to queues. */
  isNarrowed: boolean
  /** Whether its API key belongs to a tenant. */
  hasTenant: boolean
}

/** What a role may do: of all queues or narrowed to some, and of all tenants or in one of them. */
export function permissionsOf(role: Role, { isNarrowed, hasTenant }: Confinement): Permission[] {
  return roles[role].filter((permission) => {
    const isLost = isNarrowed && installationPermissions.has(permission)
    return !isLost && !(hasTenant && (installationPermissions.has(permission) || permission === 'queues:write'))
  })
}
