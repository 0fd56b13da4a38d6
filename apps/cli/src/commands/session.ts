import type { BrowserSession } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { printRows, type Printer } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { ago, oneLine } from '../output/words.ts'

const sessionList: Printer<BrowserSession> = {
  fields: ['id', 'kind', 'keyId', 'subject', 'name', 'createdAt', 'expiresAt', 'endsAt', 'current'],
  text: (sessions) => {
    if (sessions.length === 0) return 'There are no sessions.'
    return renderTable(sessions, [
      { title: 'ID', value: ({ id }) => id },
      { title: 'KEY', value: ({ keyId }) => keyId ?? '–' },
      { title: 'PERSON', value: ({ subject, name }) => oneLine(name ?? subject ?? '–', 40) },
      { title: 'BEGAN', value: ({ createdAt }) => ago(createdAt) },
      { title: 'EXPIRES', value: ({ expiresAt }) => expiresAt },
    ])
  },
}

/** Adds `sluice session`. */
export function addSessionCommands(program: Command): void {
  const session = program.command('session').description('Lists and ends the sessions of browsers.')
  const list = session
    .command('list')
    .description('Lists the sessions of your API key, or all if it may read API keys.')
    .option('--key <id>', 'only sessions of this API key')
    .option('--subject <text>', 'only sessions of the person whom the issuer calls this')
    .action(async ({ key, subject }: { key?: string; subject?: string }) => {
      const { sluice, format } = contextOf(list)
      await printRows(format, sluice.sessions.list({ keyId: key, subject }), sessionList)
    })
  const end = session.command('end <id>').description('Ends a session at once. Its API key stays as it is.')
  end.action(async (id: string) => {
    await contextOf(end).sluice.sessions.end(id)
  })
}
