import type { Limit, Queue } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { jsonPrinter } from '../output/json-text.ts'
import { printOne, printRows, type Printer } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { count } from '../output/words.ts'
import {
  addLimitOptions,
  addQueueOptions,
  limitChangeOf,
  type LimitOptions,
  limitSettingsOf,
  type QueueOptions,
  queueSettingsOf,
} from './queue-options.ts'

const oneQueue = jsonPrinter<Queue>(
  'name',
  'concurrency',
  'limit',
  'paused',
  'activeBatches',
  'tickets',
  'workers',
  'types',
)
const oneLimit = jsonPrinter<Limit>('name', 'rules', 'burstFactor', 'adaptive', 'pausedUntil')

const queueList: Printer<Queue> = {
  fields: oneQueue.fields,
  text: (queues) =>
    renderTable(queues, [
      { title: 'QUEUE', value: ({ name }) => name },
      { title: 'CONCURRENCY', isNumber: true, value: ({ concurrency }) => count(concurrency) },
      { title: 'LIMIT', value: ({ limit }) => limit ?? '–' },
      { title: 'BATCHES', isNumber: true, value: ({ activeBatches }) => count(activeBatches) },
      { title: 'WORKERS', isNumber: true, value: ({ workers }) => count(workers) },
      { title: 'STATE', value: (queue) => (queue.paused ? 'paused' : queue.workers === 0 ? 'no worker' : 'open') },
    ]),
}

const limitList: Printer<Limit> = {
  fields: oneLimit.fields,
  text: (limits) => {
    if (limits.length === 0) return 'There are no limits.'
    return renderTable(limits, [
      { title: 'LIMIT', value: ({ name }) => name },
      {
        title: 'RULES',
        value: ({ rules }) =>
          rules.map(({ max, unit, perMs }) => `${count(max)} ${unit} in ${perMs / 1000} s`).join(', '),
      },
      { title: 'PAUSED UNTIL', value: ({ pausedUntil }) => pausedUntil ?? '–' },
    ])
  },
}

/** Adds `sluice queue` and `sluice limit`. */
export function addSettingsCommands(program: Command): void {
  addQueueCommands(program.command('queue').description('Reads and changes queues.'))
  addLimitCommands(program.command('limit').description('Reads and changes limits that all workers share.'))
}

function addQueueCommands(queue: Command): void {
  const list = queue.command('list').description('Lists queues with their workers.')
  list.action(async () => {
    const { sluice, format } = contextOf(list)
    await printRows(format, sluice.queues.list(), queueList)
  })
  const get = queue.command('get <name>').description('Shows a queue.')
  get.action(async (name: string) => {
    const { sluice, format } = contextOf(get)
    await printOne(format, await sluice.queues.get(name), oneQueue)
  })
  const put = queue.command('put <name>').description('Creates a queue, or replaces all its settings.')
  addQueueOptions(put).action(async (name: string, options: QueueOptions) => {
    const { sluice, format } = contextOf(put)
    await printOne(format, await sluice.queues.put(name, queueSettingsOf(options)), oneQueue)
  })
  const update = queue
    .command('update <name>')
    .description('Changes the settings that are named, and keeps all others.')
  addQueueOptions(update).action(async (name: string, options: QueueOptions) => {
    const { sluice, format } = contextOf(update)
    await printOne(format, await sluice.queues.update(name, queueSettingsOf(options)), oneQueue)
  })
  const pause = queue.command('pause <name>').description('Starts no more tasks of a queue.')
  pause.action(async (name: string) => {
    const { sluice, format } = contextOf(pause)
    await printOne(format, await sluice.queues.pause(name), oneQueue)
  })
  const resume = queue.command('resume <name>').description('Starts tasks of a queue again.')
  resume.action(async (name: string) => {
    const { sluice, format } = contextOf(resume)
    await printOne(format, await sluice.queues.resume(name), oneQueue)
  })
  const remove = queue.command('delete <name>').description('Deletes a queue that no batch uses.')
  remove.action(async (name: string) => {
    await contextOf(remove).sluice.queues.delete(name)
  })
}

function addLimitCommands(limit: Command): void {
  const list = limit.command('list').description('Lists limits.')
  list.action(async () => {
    const { sluice, format } = contextOf(list)
    await printRows(format, sluice.limits.list(), limitList)
  })
  const get = limit.command('get <name>').description('Shows a limit.')
  get.action(async (name: string) => {
    const { sluice, format } = contextOf(get)
    await printOne(format, await sluice.limits.get(name), oneLimit)
  })
  const put = limit.command('put <name>').description('Creates a limit, or replaces all its settings.')
  addLimitOptions(put).action(async (name: string, options: LimitOptions) => {
    const { sluice, format } = contextOf(put)
    await printOne(format, await sluice.limits.put(name, limitSettingsOf(options)), oneLimit)
  })
  const update = limit
    .command('update <name>')
    .description('Changes the settings that are named, and keeps all others.')
  addLimitOptions(update).action(async (name: string, options: LimitOptions) => {
    const { sluice, format } = contextOf(update)
    await printOne(format, await sluice.limits.update(name, limitChangeOf(options)), oneLimit)
  })
  const remove = limit.command('delete <name>').description('Deletes a limit that no queue uses.')
  remove.action(async (name: string) => {
    await contextOf(remove).sluice.limits.delete(name)
  })
}
