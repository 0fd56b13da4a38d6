import type { Session } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { namedLine } from '../output/named-line.ts'
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
  const lines = [
    ['you are', who],
    ['role', role],
    ['may', permissions.join(', ')],
    ...(tenant === null ? [] : ([['tenant', tenant]] as const)),
    ['queues', queues?.join(', ') ?? 'all'],
    ['expires', expiresAt ?? 'never'],
  ] as const
  return lines.map(([title, text]) => namedLine(title, text, 10)).join('\n')
}
