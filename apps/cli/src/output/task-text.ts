import type { Task } from '@sluice/client'
import type { Printer } from './print.ts'
import { renderTable } from './table.ts'
import { ago, duration, oneLine } from './words.ts'

/** Tasks as a table. */
export const taskList: Printer<Task> = {
  fields: [
    'seq',
    'key',
    'type',
    'state',
    'attempts',
    'appendedAt',
    'finishedAt',
    'durationMs',
    'payload',
    'result',
    'error',
  ],
  text: (tasks) => {
    if (tasks.length === 0) return 'There are no such tasks.'
    return renderTable(tasks, [
      { title: 'SEQ', isNumber: true, value: ({ seq }) => seq },
      { title: 'KEY', value: ({ key }) => oneLine(key ?? '–', 30) },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'ATTEMPTS', isNumber: true, value: ({ attempts }) => attempts },
      { title: 'TOOK', isNumber: true, value: ({ durationMs }) => (durationMs === null ? '–' : duration(durationMs)) },
      { title: 'ENDED', value: ({ finishedAt }) => ago(finishedAt) },
      {
        title: 'ERROR',
        isLong: true,
        value: ({ error }) => (error === null ? '' : oneLine(`${error.failureClass}: ${error.message}`, 200)),
      },
    ])
  },
}

/** One task in full, as JSON: payloads and results have any shape. */
export const oneTask: Printer<Task> = {
  fields: taskList.fields,
  text: (tasks) => tasks.map((task) => JSON.stringify(task, undefined, 2)).join('\n'),
}
