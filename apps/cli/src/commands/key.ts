import type { ApiKey, AuditEntry, BodyOf, Role } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { jsonPrinter } from '../output/json-text.ts'
import { printOne, printRows, type Printer, write } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { ago, oneLine } from '../output/words.ts'
import { parseCount, parseDuration, parseJson } from './arguments.ts'

const oneKey = jsonPrinter<ApiKey>('id', 'name', 'role', 'tenant', 'queues', 'createdAt', 'expiresAt', 'lastUsedAt')

const keyList: Printer<ApiKey> = {
  fields: oneKey.fields,
  text: (keys) => {
    if (keys.length === 0) return 'There are no API keys.'
    return renderTable(keys, [
      { title: 'ID', value: ({ id }) => id },
      { title: 'NAME', value: ({ name }) => oneLine(name, 40) },
      { title: 'ROLE', value: ({ role }) => role },
      // Most installations have one tenant.
      ...(keys.some(({ tenant }) => tenant !== null)
        ? [{ title: 'TENANT', value: ({ tenant }: ApiKey) => tenant ?? 'all' }]
        : []),
      { title: 'QUEUES', value: ({ queues }) => oneLine(queues?.join(', ') ?? 'all', 40) },
      { title: 'USED', value: ({ lastUsedAt }) => ago(lastUsedAt) },
      { title: 'EXPIRES', value: ({ expiresAt }) => expiresAt ?? 'never' },
    ])
  },
}

const auditPrinter: Printer<AuditEntry> = {
  fields: [
    'at',
    'actor',
    'keyId',
    'name',
    'subject',
    'tenant',
    'operation',
    'object',
    'result',
    'status',
    'code',
    'address',
    'requestId',
    'reason',
  ],
  text: (entries) => {
    if (entries.length === 0) return 'There are no such entries.'
    return renderTable(entries, [
      { title: 'AT', value: ({ at }) => at },
      { title: 'WHO', value: ({ name, actor }) => oneLine(name ?? actor, 30) },
      { title: 'OPERATION', value: ({ operation }) => operation },
      { title: 'OBJECT', value: ({ object }) => oneLine(object ?? '–', 50) },
      { title: 'RESULT', value: ({ result, code }) => (code === null ? result : `${result} ${code}`) },
    ])
  },
}

/** Adds `sluice key` and `sluice audit`. */
export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('Manages API keys.')
  const list = key.command('list').description('Lists API keys, newest first. Their secrets are shown nowhere.')
  list.action(async () => {
    const { sluice, format } = contextOf(list)
    await printRows(format, sluice.keys.list(), keyList)
  })
  const get = key.command('get <id>').description('Shows an API key without its secret.')
  get.action(async (id: string) => {
    const { sluice, format } = contextOf(get)
    await printOne(format, await sluice.keys.get(id), oneKey)
  })
  addKeyChanges(key)
  addAuditCommand(program)
}

interface NewKeyOptions {
  role: Role
  tenant?: string
  queues?: string
  expiresIn?: number
}

function addKeyChanges(key: Command): void {
  const create = key
    .command('create <name>')
    .description('Creates an API key, and prints it. It is shown this once.')
    .requiredOption('--role <role>', 'viewer, submitter, operator or admin')
    .option('--tenant <name>', 'the tenant that it belongs to for good (default: none, it reaches all tenants)')
    .option('--queues <list>', 'narrow it to these queues, such as llm-*,mail')
    .option('--expires-in <time>', 'such as 90d (default: never)', parseDuration)
    .action(async (name: string, { role, tenant, queues, expiresIn }: NewKeyOptions) => {
      const { sluice, format } = contextOf(create)
      const expiresAt = expiresIn === undefined ? undefined : new Date(Date.now() + expiresIn).toISOString()
      const created = await sluice.keys.create({ name, role, tenant, queues: queues?.split(','), expiresAt })
      if (format === 'text') await write(`${created.key}\n`)
      else await printOne(format, created, oneKey)
    })
  const update = key
    .command('update <id>')
    .description('Changes the settings of an API key that are named.')
    .requiredOption('--data <json>', 'settings as JSON, or @file')
    .action(async (id: string, { data }: { data: string }) => {
      const { sluice, format } = contextOf(update)
      await printOne(format, await sluice.keys.update(id, parseJson(data) as BodyOf<'changeApiKey'>), oneKey)
    })
  const reroll = key
    .command('reroll <id>')
    .description('Replaces an API key, and prints the new one. The old one works on for a grace period.')
    .option('--grace <time>', 'such as 1h (default: 24h)', parseDuration)
    .action(async (id: string, { grace }: { grace?: number }) => {
      const { sluice, format } = contextOf(reroll)
      const created = await sluice.keys.reroll(id, grace === undefined ? undefined : { graceMs: grace })
      if (format === 'text') await write(`${created.key}\n`)
      else await printOne(format, created, oneKey)
    })
  const remove = key.command('delete <id>').description('Revokes an API key at once.')
  remove.action(async (id: string) => {
    await contextOf(remove).sluice.keys.delete(id)
  })
}

function addAuditCommand(program: Command): void {
  const audit = program
    .command('audit')
    .description(
      'Lists who changed what, and what was refused, newest first. With --format ndjson and without --max: all of it, oldest first.',
    )
    .option('--key <id>', 'only entries of this API key')
    .option('--tenant <name>', 'only entries of API keys of this tenant')
    .option('--operation <id>', 'only entries of this operation, such as deleteBatch')
    .option('--object <path>', 'only entries of this object, such as queues/llm')
    .option('--result <result>', 'only entries with this result: done, refused or failed')
    .option('--after <id>', 'with --format ndjson: only entries after the one with this id')
    .option('--max <number>', 'at most so many (default: 50)', parseCount)
    .action(
      async ({
        key,
        max,
        after,
        ...query
      }: {
        key?: string
        after?: string
        max?: number
        tenant?: string
        operation?: string
        object?: string
        result?: AuditEntry['result']
      }) => {
        const { sluice, format } = contextOf(audit)
        const filter = { ...query, keyId: key }
        if (format === 'ndjson' && max === undefined) {
          return await printRows(format, sluice.audit.export({ ...filter, after }), auditPrinter)
        }
        const pageSize = Math.min(Math.max(1, max ?? 50), 100)
        const { rows } = await sluice.audit.list({ ...filter, pageSize })
        await printRows(format, rows, auditPrinter)
      },
    )
}
