import type { Role } from '@sluice/client'
import { NAME } from '../../parts/settings/name-setting.ts'
import type { Setting } from '../../parts/settings/setting.ts'

const ROLES = ['viewer', 'submitter', 'operator', 'admin'] as const satisfies Role[]

/** What an API key is called, and what it may do. */
export const KEY_SETTINGS: readonly Setting[] = [
  {
    path: 'name',
    label: 'Name',
    hint: 'Who or what uses it.',
    input: { kind: 'text', maxLength: 100, placeholder: 'nightly import' },
  },
  {
    path: 'role',
    label: 'Role',
    hint: 'A viewer looks; a submitter also creates batches and reads results; an operator also controls batches, queues and limits; an admin may do everything.',
    input: { kind: 'choice', options: ROLES },
  },
  {
    path: 'queues',
    label: 'Queues',
    hint: 'One on each line: names, and beginnings of names that end in *. The key finds nothing of other queues.',
    input: { kind: 'lines' },
    emptyText: 'all',
  },
]

/** The tenant of an API key, which never changes. */
export const TENANT: Setting = {
  path: 'tenant',
  label: 'Tenant',
  hint: 'The key reaches what belongs to this tenant alone. It cannot be changed later.',
  input: NAME.input,
  emptyText: 'none: it reaches all tenants',
}

/** When an API key stops working, typed as the time from now. */
export const EXPIRES_IN: Setting = {
  path: 'expiresIn',
  label: 'Stops working after',
  hint: 'A number with s, m, h or d, such as 90d.',
  input: { kind: 'duration' },
  emptyText: 'never',
}

/** How long a replaced API key still works. */
export const GRACE: Setting = {
  path: 'graceMs',
  label: 'The old key still works for',
  hint: 'Up to 30d. 0s stops it at once, for a key that has leaked.',
  input: { kind: 'duration' },
}
