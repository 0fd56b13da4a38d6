import type { BodyOf, Tenant } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { jsonPrinter } from '../output/json-text.ts'
import { printOne, printRows, type Printer } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { count } from '../output/words.ts'
import { parseJson } from './arguments.ts'

const oneTenant = jsonPrinter<Tenant>(
  'name',
  'activeBatches',
  'maxActiveBatches',
  'tasks',
  'maxTasks',
  'bytes',
  'maxBytes',
)

const tenantList: Printer<Tenant> = {
  fields: oneTenant.fields,
  text: (tenants) =>
    renderTable(tenants, [
      { title: 'TENANT', value: ({ name }) => name },
      {
        title: 'ACTIVE BATCHES',
        value: ({ activeBatches, maxActiveBatches }) => share(activeBatches, maxActiveBatches),
      },
      { title: 'TASKS', value: ({ tasks, maxTasks }) => share(tasks, maxTasks) },
      { title: 'BYTES', value: ({ bytes, maxBytes }) => share(bytes, maxBytes) },
    ]),
}

function share(used: number, max: number | null): string {
  return max === null ? count(used) : `${count(used)} of ${count(max)}`
}

/** Adds `sluice tenant`. */
export function addTenantCommands(program: Command): void {
  const tenant = program.command('tenant').description('Reads what tenants hold, and changes their quotas.')
  const list = tenant.command('list').description('Lists tenants with what they hold.')
  list.action(async () => {
    const { sluice, format } = contextOf(list)
    await printRows(format, sluice.tenants.list(), tenantList)
  })
  const get = tenant.command('get <name>').description('Shows a tenant.')
  get.action(async (name: string) => {
    const { sluice, format } = contextOf(get)
    await printOne(format, await sluice.tenants.get(name), oneTenant)
  })
  const put = tenant.command('put <name>').description('Replaces all quotas of a tenant.')
  put
    .requiredOption('--data <json>', 'quotas as JSON, or @file')
    .action(async (name: string, { data }: { data: string }) => {
      const { sluice, format } = contextOf(put)
      await printOne(format, await sluice.tenants.put(name, parseJson(data) as BodyOf<'putTenant'>), oneTenant)
    })
}
