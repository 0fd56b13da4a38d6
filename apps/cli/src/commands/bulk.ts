import type { BodyOf, BulkOperation } from '@sluice/client'
import { type Command, Option } from 'commander'
import { contextOf } from '../context.ts'
import { printOne, printRows, type Printer } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { ago, count, oneLine } from '../output/words.ts'

const ACTIONS = ['interrupt', 'resume', 'retry', 'cancel', 'delete'] as const

const bulkList: Printer<BulkOperation> = {
  fields: ['id', 'action', 'filter', 'state', 'total', 'done', 'skipped', 'tasks', 'reason', 'createdAt', 'finishedAt'],
  text: (operations) => {
    if (operations.length === 0) return 'There are no bulk operations of the last seven days.'
    return renderTable(operations, [
      { title: 'ID', value: ({ id }) => id ?? '–' },
      { title: 'ACTION', value: ({ action }) => action },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'BATCHES', isNumber: true, value: ({ total }) => count(total) },
      { title: 'DONE', isNumber: true, value: ({ done }) => count(done) },
      { title: 'SKIPPED', isNumber: true, value: ({ skipped }) => count(skipped) },
      { title: 'TASKS', isNumber: true, value: ({ tasks }) => count(tasks) },
      { title: 'STARTED', value: ({ createdAt }) => ago(createdAt) },
    ])
  },
}

const oneBulk: Printer<BulkOperation> = {
  fields: bulkList.fields,
  text: (operations) => {
    const skips = operations.flatMap((operation) => operation.skips)
    const lines = skips.map(({ batchId, message }) => `skipped ${batchId}: ${oneLine(message, 150)}`)
    return [bulkList.text(operations), ...lines].join('\n')
  },
}

interface StartOptions {
  action: (typeof ACTIONS)[number]
  dryRun?: true
  state?: 'active' | 'interrupted' | 'completed' | 'cancelled'
  outcome?: 'succeeded' | 'partial' | 'failed'
  queue?: string
  type?: string
  codePrefix?: string
  batches?: string
}

/** Adds `sluice bulk`. */
export function addBulkCommands(program: Command): void {
  const bulk = program.command('bulk').description('Acts on many batches at once.')
  const start = bulk
    .command('start')
    .description('Chooses up to 1,000 batches, newest first, and has the workers act on them.')
    .addOption(new Option('--action <action>', 'what to do with each batch').choices(ACTIONS).makeOptionMandatory())
    .option('--state <state>', 'only batches in this state')
    .option('--outcome <outcome>', 'only batches with this outcome')
    .option('--queue <queue>', 'only batches of this queue')
    .option('--type <type>', 'only batches of this type')
    .option('--code-prefix <text>', 'only batches whose code begins with this')
    .option('--batches <ids>', 'only batches with these ids, separated by commas')
    .option('--dry-run', 'count batches and tasks, and change nothing')
    .action(async (options: StartOptions) => {
      const { sluice, format } = contextOf(start)
      await printOne(format, await sluice.bulk.start(requestOf(options)), oneBulk)
    })
  const list = bulk.command('list').description('Lists bulk operations of the last seven days, newest first.')
  list.action(async () => {
    const { sluice, format } = contextOf(list)
    await printRows(format, (await sluice.bulk.list()).operations, bulkList)
  })
  const get = bulk.command('get <id>').description('Shows a bulk operation, and which batches it skipped.')
  get.action(async (id: string) => {
    const { sluice, format } = contextOf(get)
    await printOne(format, await sluice.bulk.get(id), oneBulk)
  })
  const cancel = bulk.command('cancel <id>').description('Ends a bulk operation before it has reached all batches.')
  cancel.action(async (id: string) => {
    const { sluice, format } = contextOf(cancel)
    await printOne(format, await sluice.bulk.cancel(id), oneBulk)
  })
}

function requestOf({ action, dryRun, batches, ...filter }: StartOptions): BodyOf<'startBulk'> {
  return { action, filter: { ...filter, ids: batches?.split(',') }, dryRun }
}
