import type { System, Topic, Worker } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { namedLine } from '../output/named-line.ts'
import { printOne, printRows, type Printer, write } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { ago, count, duration } from '../output/words.ts'

const workerList: Printer<Worker> = {
  fields: [
    'id',
    'host',
    'pid',
    'version',
    'queues',
    'types',
    'concurrency',
    'running',
    'load',
    'startedAt',
    'lastBeatAt',
  ],
  text: (workers) => {
    if (workers.length === 0) return 'No worker is alive.'
    return renderTable(workers, [
      { title: 'WORKER', value: ({ id, host, pid }) => (host === null ? id : `${host}:${pid}`) },
      { title: 'VERSION', value: ({ version }) => version },
      { title: 'QUEUES', value: ({ queues }) => queues?.join(', ') ?? 'all' },
      { title: 'TYPES', value: ({ types }) => types.join(', ') },
      {
        title: 'TICKETS',
        isNumber: true,
        value: ({ load }) => count(load.reduce((sum, { tickets }) => sum + tickets, 0)),
      },
      { title: 'STARTED', value: ({ startedAt }) => ago(startedAt) },
      { title: 'LAST BEAT', value: ({ lastBeatAt }) => ago(lastBeatAt) },
    ])
  },
}

const system: Printer<System> = {
  fields: ['process', 'redis', 'batches', 'queues', 'limits', 'workers', 'maintenanceAgeMs'],
  text: ([one]) => (one === undefined ? '' : describe(one)),
}

/** Adds `sluice worker`, `sluice events` and `sluice system`. */
export function addFleetCommands(program: Command): void {
  const worker = program.command('worker').description('Shows the processes that run tasks.')
  const list = worker.command('list').description('Lists the workers that are alive, and what they run.')
  list.action(async () => {
    const { sluice, format } = contextOf(list)
    await printRows(format, (await sluice.workers.list()).workers, workerList)
  })
  const events = program
    .command('events')
    .description('Prints what happens in the installation, one line of JSON for each event, until Ctrl-C.')
    .option('--topics <list>', 'batches, queues, limits, workers and system, separated by commas')
    .option('--batch <batch>', 'a batch to follow')
    .action(async ({ topics, batch }: { topics?: string; batch?: string }) => {
      const { sluice, signal } = contextOf(events)
      const asked = { topics: topics?.split(',') as Topic[] | undefined, batch, signal }
      for await (const event of sluice.events(asked)) await write(`${JSON.stringify(event)}\n`)
    })
  const show = program.command('system').description('Shows the state of the API, of Redis and of the maintenance.')
  show.action(async () => {
    const { sluice, format } = contextOf(show)
    await printOne(format, await sluice.system.get(), system)
  })
}

function describe({ process: api, redis, batches, queues, limits, workers, maintenanceAgeMs }: System): string {
  const states = Object.entries(batches).map(([state, number]) => `${count(number)} ${state}`)
  const lines = [
    ['api', `${api.version} on Node ${api.node}, started ${ago(api.startedAt)}; its gate is ${api.gate.state}`],
    ...redis.nodes.map((node) => [node.server, describeNode(node)] as const),
    ['batches', states.join(', ')],
    ['queues', count(queues)],
    ['limits', count(limits)],
    ['workers', count(workers)],
    ['maintenance', maintenanceAgeMs === null ? 'none within a day' : `${duration(maintenanceAgeMs)} ago`],
  ] as const
  return lines.map(([name, text]) => namedLine(name, text, 13)).join('\n')
}

function describeNode({ version, role, usedBytes, maxBytes, evictionPolicy }: System['redis']['nodes'][number]) {
  const bound = maxBytes === null ? 'without a bound' : `of ${mebibytes(maxBytes)}`
  return `${version}, ${role}, ${mebibytes(usedBytes)} ${bound}, ${evictionPolicy}`
}

function mebibytes(bytes: number): string {
  return `${count(Math.round(bytes / 2 ** 20))} MiB`
}
