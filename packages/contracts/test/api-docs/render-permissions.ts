import {
  type Confinement,
  type Operation,
  operations,
  type Permission,
  permissions,
  permissionsOf,
  type Role,
  roles,
} from '../../src/index.ts'
import { renderTable } from './render-table.ts'

const introduction = `# Permissions

<!-- Generated from packages/contracts: pnpm docs:api -->

Each operation of the API needs one permission, and the role of an API key decides which permissions it has. A request
without the permission gets 403 [\`SLUICE_PERMISSION_MISSING\`](errors.md#sluice_permission_missing), which names it.
[security.md](security.md) explains API keys.`

const narrowed = `An API key may be narrowed to queues. It then finds no other queue, and no batch or detection of one. It does not have
the permissions for what belongs to all queues together:
`

const ofTenant = `An API key may belong to a tenant. It then finds no batch or detection of another tenant, and no queue that is not for its
own. It does not have the permissions for what belongs to all tenants together:
`

const names = Object.keys(roles) as Role[]

/** The whole page: roles by permission, and roles by operation. */
export function renderPermissions(): string {
  return [
    introduction,
    '## By permission',
    renderTable(['permission', 'allows to', ...names], Object.entries(permissions).map(permissionRow)),
    `${narrowed}${listLost({ isNarrowed: true, hasTenant: false })}`,
    `${ofTenant}${listLost({ isNarrowed: false, hasTenant: true })}`,
    '## By operation',
    `${renderTable(['operation', 'permission', ...names], (Object.values(operations) as Operation[]).map(operationRow))}\n`,
  ].join('\n\n')
}

const NAMES_PER_LINE = 5

function listLost(confinement: Confinement): string {
  const kept = permissionsOf('admin', confinement)
  const lost = (Object.keys(permissions) as Permission[]).filter((name) => !kept.includes(name))
  const lines = Map.groupBy(lost, (_name, i) => Math.floor(i / NAMES_PER_LINE))
  return `${[...lines.values()].map((line) => line.map((name) => `\`${name}\``).join(', ')).join(',\n')}.`
}

function permissionRow([name, meaning]: [string, string]): string[] {
  const rights = meaning.charAt(0).toLowerCase() + meaning.slice(1, -1)
  return [`\`${name}\``, rights, ...marksOf(name as Permission)]
}

function operationRow({ summary, permission, bodyPermissions = [] }: Operation): string[] {
  const link = `[${summary}](api.md#${summary.toLowerCase().replaceAll(' ', '-')})`
  const further = bodyPermissions.map((name) => `, for some bodies also \`${name}\``)
  return [link, permission === null ? 'none' : `\`${permission}\`${further.join('')}`, ...marksOf(permission)]
}

function marksOf(permission: Permission | null): string[] {
  return names.map((role) =>
    permission === null || (roles[role] as readonly string[]).includes(permission) ? '✓' : '',
  )
}
