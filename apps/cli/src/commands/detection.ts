import type { BodyOf, Detection } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { jsonPrinter } from '../output/json-text.ts'
import { printOne, printRows, type Printer } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { ago, oneLine } from '../output/words.ts'
import { parseJson } from './arguments.ts'

const oneDetection = jsonPrinter<Detection>('id', 'state', 'url', 'createdAt', 'result', 'error')

const detectionList: Printer<Detection> = {
  fields: oneDetection.fields,
  text: (detections) => {
    if (detections.length === 0) return 'There are no detections of the last day.'
    return renderTable(detections, [
      { title: 'ID', value: ({ id }) => id },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'CREATED', value: ({ createdAt }) => ago(createdAt) },
      { title: 'URL', value: ({ url }) => oneLine(url, 80) },
    ])
  },
}

/** Adds `sluice detection`. */
export function addDetectionCommands(program: Command): void {
  const detection = program.command('detection').description('Measures the limits of an upstream by calling it.')
  const create = detection.command('create').description('Starts a detection.')
  create
    .requiredOption('--data <json>', 'the call and the budgets as JSON, or @file')
    .action(async ({ data }: { data: string }) => {
      const { sluice, format } = contextOf(create)
      await printOne(format, await sluice.detections.create(parseJson(data) as BodyOf<'createDetection'>), oneDetection)
    })
  const list = detection.command('list').description('Lists detections of the last day, newest first.')
  list.action(async () => {
    const { sluice, format } = contextOf(list)
    await printRows(format, (await sluice.detections.list()).detections, detectionList)
  })
  const get = detection.command('get <id>').description('Shows a detection, with its result.')
  get.action(async (id: string) => {
    const { sluice, format } = contextOf(get)
    await printOne(format, await sluice.detections.get(id), oneDetection)
  })
  const cancel = detection.command('cancel <id>').description('Ends a detection.')
  cancel.action(async (id: string) => {
    const { sluice, format } = contextOf(cancel)
    await printOne(format, await sluice.detections.cancel(id), oneDetection)
  })
}
