import type { FoundTask, Task } from '@sluice/client'
import type { Printer } from './print.ts'
import { type Column, renderTable } from './table.ts'
import { ago, duration, oneLine } from './words.ts'

const columns: readonly Column<Task>[] = [
  { title: 'SEQ', isNumber: true, value: ({ seq }) => seq },
  { title: 'KEY', value: ({ key }) => oneLine(key ?? '–', 30) },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'ATTEMPT', isNumber: true, value: ({ attempts, maxAttempts }) => `${attempts}/${maxAttempts}` },
  { title: 'TOOK', isNumber: true, value: tookText },
  { title: 'ENDED', value: ({ finishedAt }) => ago(finishedAt) },
  {
    title: 'ERROR',
    isLong: true,
    value: ({ error }) => (error === null ? '' : oneLine(`${error.failureClass}: ${error.message}`, 200)),
  },
]

/** A running attempt has not ended, and says how long it runs. */
function tookText({ startedAt, durationMs }: Task): string {
  if (startedAt !== null) return `${duration(Date.now() - Date.parse(startedAt))} so far`
  return durationMs === null ? '–' : duration(durationMs)
}

/** Tasks as a table. */
export const taskList: Printer<Task> = {
  fields: [
    'seq',
    'key',
    'type',
    'state',
    'attempts',
    'maxAttempts',
    'appendedAt',
    'startedAt',
    'finishedAt',
    'durationMs',
    'payload',
    'result',
    'error',
  ],
  text: (tasks) => {
    if (tasks.length === 0) return 'There are no such tasks.'
    return renderTable(tasks, columns)
  },
}

/** Tasks of any batches as a table. */
export const foundTaskList: Printer<FoundTask> = {
  fields: ['batchId', 'code', 'queue', ...taskList.fields],
  text: (tasks) => {
    if (tasks.length === 0) return 'There are no such tasks.'
    return renderTable(tasks, [{ title: 'BATCH', value: ({ code }) => oneLine(code, 40) }, ...columns])
  },
}

/** One task in full, as JSON: payloads and results have any shape. */
export const oneTask: Printer<Task> = {
  fields: taskList.fields,
  text: (tasks) => tasks.map((task) => JSON.stringify(task, undefined, 2)).join('\n'),
}
