import type { Session } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { printOne, type Printer } from '../output/print.ts'

const session: Printer<Session> = {
  fields: ['kind', 'keyId', 'name', 'role', 'permissions', 'tenant', 'queues', 'expiresAt'],
  text: ([one]) => (one === undefined ? '' : describe(one)),
}

/** Adds `sluice whoami`. */
export function addWhoamiCommand(program: Command): void {
  const whoami = program.command('whoami').description('Shows who you are to the API, and what you may do.')
  whoami.action(async () => {
    const { sluice, format } = contextOf(whoami)
    await printOne(format, await sluice.session(), session)
  })
}

function describe({ kind, keyId, name, role, permissions, tenant, queues, expiresAt }: Session): string {
  const who = kind === 'anonymous' ? 'anonymous: this API asks for no key' : `API key ${keyId} (${name})`
  return [
    who,
    `role ${role}: ${permissions.join(', ')}`,
    ...(tenant === null ? [] : [`tenant: ${tenant}`]),
    `queues: ${queues?.join(', ') ?? 'all'}`,
    `expires: ${expiresAt ?? 'never'}`,
  ].join('\n')
}
