import { findQueue, SettingsChangedError, type ChangeCondition, type Engine, type QueueSettings } from '@sluice/engine'
import { PermissionMissingError } from '../auth/auth-errors.ts'
import type { Principal } from '../http/principal.ts'

/** A change of a queue that may let its tasks use secrets, or let further tenants use those it has. */
export interface GrantingChange {
  queue: string
  /** The secrets that the queue is to have. Undefined: the change keeps them. */
  secrets: readonly string[] | undefined
  /** The tenants that the queue is to have. Null: all. Undefined: the change keeps them. */
  tenants: readonly string[] | null | undefined
  condition: ChangeCondition
}

/**
 * Makes a change of a queue. A principal without the permission `secrets:grant` can keep and withdraw secrets of the queue
 * and its tenants, and not add any: then the change is stored only if the queue is what it was compared with, so that it
 * cannot bring back what somebody else withdraws meanwhile. Throws `PermissionMissingError` and `SettingsChangedError`.
 */
export async function changeGrantedSecrets<Changed>(
  engine: Engine,
  principal: Principal,
  granting: GrantingChange,
  change: (condition: ChangeCondition) => Promise<Changed>,
): Promise<Changed> {
  if (principal.permissions.has('secrets:grant') || grantsNothing(granting)) return await change(granting.condition)
  for (;;) {
    const ifVersion = await compareGrants(engine, principal, granting)
    try {
      return await change({ ifVersion })
    } catch (error) {
      if (!(error instanceof SettingsChangedError) || granting.condition.ifVersion !== undefined) throw error
    }
  }
}

/** Whether the queue has no secrets afterwards, or has the same ones for the same tenants. */
function grantsNothing({ secrets, tenants }: GrantingChange): boolean {
  return secrets === undefined ? tenants === undefined : secrets.length === 0
}

/** Returns the version of the queue that grants as much already. */
async function compareGrants(engine: Engine, principal: Principal, granting: GrantingChange): Promise<number> {
  const { queue, condition } = granting
  const found = await findQueue(engine, queue)
  const added = findAdded(found?.settings, granting)
  if (added !== undefined) throw ungrantable(queue, added, principal)
  const { ifVersion = found?.version } = condition
  if (ifVersion !== found?.version)
    throw new SettingsChangedError(`Queue "${queue}"`, ifVersion ?? 0, found?.version ?? -1)
  return ifVersion ?? -1
}

/** What a change lets whom use for the first time. */
function findAdded(found: QueueSettings | undefined, { secrets, tenants }: GrantingChange): string | undefined {
  const granted = found?.http.secrets ?? []
  const after = secrets ?? granted
  const secret = after.find((name) => !granted.includes(name))
  if (secret !== undefined) return `the secret "${secret}"`
  const admitted = found?.tenants ?? null
  if (after.length === 0 || tenants === undefined || admitted === null) return undefined
  const tenant = tenants === null ? 'all tenants' : tenants.find((name) => !admitted.includes(name))
  return tenant && `its secrets for ${tenants === null ? tenant : `tenant "${tenant}"`}`
}

function ungrantable(queue: string, added: string, { role }: Principal): PermissionMissingError {
  return new PermissionMissingError(
    'secrets:grant',
    `Letting queue "${queue}" use ${added} needs the permission secrets:grant. Role ${role} does not have it. ` +
      'Ask an admin, or leave it out of http.secrets and tenants.',
  )
}
