import { findQueue, SettingsChangedError, type ChangeCondition, type Engine } from '@sluice/engine'
import { PermissionMissingError } from '../auth/auth-errors.ts'
import type { Principal } from '../http/principal.ts'

/** A change of a queue that may let its tasks use secrets. */
export interface GrantingChange {
  queue: string
  /** The secrets that the queue is to have. Undefined or null: the change adds none. */
  secrets: readonly string[] | null | undefined
  condition: ChangeCondition
}

/**
 * Makes a change of a queue. A principal without the permission `secrets:grant` can keep and withdraw secrets of the queue,
 * and not add any: then the change is stored only if the queue is what its secrets were compared with, so that it cannot
 * bring back what somebody else withdraws meanwhile. Throws `PermissionMissingError` and `SettingsChangedError`.
 */
export async function changeGrantedSecrets<Changed>(
  engine: Engine,
  principal: Principal,
  { queue, secrets, condition }: GrantingChange,
  change: (condition: ChangeCondition) => Promise<Changed>,
): Promise<Changed> {
  if (!secrets?.length || principal.permissions.has('secrets:grant')) return await change(condition)
  for (;;) {
    const ifVersion = await compareSecrets(engine, principal, { queue, secrets, condition })
    try {
      return await change({ ifVersion })
    } catch (error) {
      if (!(error instanceof SettingsChangedError) || condition.ifVersion !== undefined) throw error
    }
  }
}

/** Returns the version of the queue that has all the secrets already. */
async function compareSecrets(
  engine: Engine,
  principal: Principal,
  { queue, secrets, condition }: GrantingChange,
): Promise<number> {
  const found = await findQueue(engine, queue)
  const granted = found?.settings.http.secrets ?? []
  const added = secrets?.find((name) => !granted.includes(name))
  if (found === undefined || added !== undefined) throw ungrantable(queue, added ?? '', principal)
  const { ifVersion = found.version } = condition
  if (ifVersion !== found.version) throw new SettingsChangedError(`Queue "${queue}"`, ifVersion, found.version)
  return found.version
}

function ungrantable(queue: string, secret: string, { role }: Principal): PermissionMissingError {
  return new PermissionMissingError(
    'secrets:grant',
    `Letting queue "${queue}" use the secret "${secret}" needs the permission secrets:grant. Role ${role} does not have it. ` +
      'Ask an admin, or leave the secret out of http.secrets.',
  )
}
