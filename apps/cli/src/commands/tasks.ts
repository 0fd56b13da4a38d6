import type { QueryOf } from '@sluice/client'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { first } from '../output/first.ts'
import { printRows } from '../output/print.ts'
import { foundTaskList } from '../output/task-text.ts'
import { parseCount } from './arguments.ts'

/** Adds `sluice tasks`. */
export function addTasksCommand(program: Command): void {
  const command = program
    .command('tasks')
    .description('Lists tasks of all batches: those of the newest batch first, and in each batch the last one first.')
    .option('--state <state>', 'only tasks in this state')
    .option('--type <type>', 'only tasks of this type')
    .option('--queue <name>', 'only tasks of batches of this queue')
    .option('--failure-class <class>', 'only tasks whose last attempt failed with this class')
    .option('--key <key>', 'only tasks with this key')
    .option('--max <number>', 'at most so many (default: 50)', parseCount)
    .action(async ({ max = 50, ...query }: QueryOf<'searchTasks'> & { max?: number }) => {
      const { sluice, format } = contextOf(command)
      const rows = sluice.tasks.search({ ...query, pageSize: Math.min(Math.max(max, 1), 1000) })
      await printRows(format, first(max, rows), foundTaskList)
    })
}
