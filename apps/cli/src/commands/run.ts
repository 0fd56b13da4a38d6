import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { ApiError, type Batch, type BatchRun } from '@sluice/client'
import { Option, type Command } from 'commander'
import { contextOf, type Context } from '../context.ts'
import { joinedLayout, type Layout, readColumn } from '../download/layout.ts'
import { UsageError } from '../exit-codes.ts'
import { formatOf, INPUT_FORMATS, type InputFormat } from '../input/read-rows.ts'
import { findLine, readTasks, taskMaker, type TaskOf, type TaskOptions } from '../input/tasks.ts'
import { STDIN } from '../input/read-text.ts'
import { count } from '../output/words.ts'
import { write } from '../output/print.ts'
import { follow, requireSuccess } from '../wait.ts'
import { collect, parseDuration } from './arguments.ts'
import { addBatchOptions, batchOf, type BatchOptions } from './batch-options.ts'
import { addResultOptions, downloadTo, type ResultOptions, resultLayoutOf } from './result-options.ts'

interface RunOptions extends BatchOptions, TaskOptions, ResultOptions {
  inputFormat?: InputFormat
  join?: true
  column?: string[]
  compress?: true
  dryRun?: true
  detach?: true
  cancelOnInterrupt?: true
  failOn: 'any' | 'none'
  timeout?: number
}

const EXAMPLES = `
Examples:
  # one call for each row of a CSV file, at most 20 at once, results into a file
  sluice run leads.csv --url 'https://api.example.com/v1/people?q={{email}}' --key id --concurrency 20 -o out.ndjson

  # a POST with a body; the worker fills in the secret
  sluice run rows.ndjson --url https://api.example.com/v1/score --body '{"text": "{{text}}"}' \\
    --header 'authorization: Bearer \${secret:EXAMPLE_KEY}' --max-error-rate 20%

  # the same file, with columns of the answers added
  sluice run leads.csv --url 'https://api.example.com/v1/people?q={{email}}' --join --column company=body.company -o out.csv

  # tasks for a handler of your own, from another program
  psql -c '\\copy (select row_to_json(t) from t) to stdout' | sluice run - --input-format ndjson --type import

Docs: https://github.com/sluice-queue/sluice/tree/main/apps/cli#readme`

/** Adds `sluice run`. */
export function addRunCommand(program: Command): void {
  const command = program
    .command('run <file>')
    .description(
      'Creates a batch from a CSV, NDJSON or JSON file (- is stdin), waits for it, and downloads its results.',
    )
    .option('--url <template>', 'URL of the call for each row; {{column}} stands for a column')
    .option('--method <method>', 'HTTP method (default: GET, or POST with a body)')
    .option('--header <header>', 'header of the calls, as "name: value"; may be repeated', collect)
    .option('--body <template>', 'body of the calls, or @file; JSON if it is JSON')
    .option('--type <type>', 'handler of the tasks; each row is a payload')
    .option('--key <column>', 'column that identifies a row in the results, or a template')
    .addOption(
      new Option('--input-format <format>', 'format of the file (default: by its name)').choices(INPUT_FORMATS),
    )
  addResultOptions(addBatchOptions(command), 'none')
    .option('--join', 'with CSV: download the rows of the file, with columns of their results added')
    .option(
      '--column <name=path>',
      'with --join: a column, such as company=body.company.name; may be repeated',
      collect,
    )
    .option('--compress', 'send the tasks compressed (default for a file that ends in .gz)')
    .option('--dry-run', 'check the file and show the first tasks, and submit nothing')
    .option('--detach', 'submit the batch and do not wait for it')
    .option('--cancel-on-interrupt', 'Ctrl-C also cancels the batch')
    .addOption(
      new Option('--fail-on <tasks>', 'whether failed tasks are a failure').choices(['any', 'none']).default('any'),
    )
    .option('--timeout <time>', 'stop waiting after this time, such as 30m', parseDuration)
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: RunOptions) => run(file, options, contextOf(command)))
}

async function run(file: string, options: RunOptions, context: Context): Promise<void> {
  const format = options.inputFormat ?? formatOf(file)
  const taskOf = taskMaker(options, format)
  const layout = options.join || options.column ? joinedOf(file, format, options) : resultLayoutOf(options)
  const { signal } = context
  // Nothing else ends a read from a terminal or a pipe.
  if (file === STDIN) signal.addEventListener('abort', () => process.stdin.destroy(signal.reason as Error))
  if (options.dryRun) return await showTasks({ file, format, taskOf }, signal)
  // Columns that would clash are refused before anything is submitted.
  if (options.join) await layout.header()
  if (file !== STDIN) await checkTasks({ file, format, taskOf }, signal)
  const batchRun = await submit({ file, format, taskOf }, options, context)
  if (options.detach) return await write(`${batchRun.id}\n`)
  const batch = await followRun(batchRun, options, context)
  const { output, split = false } = options
  if (output !== undefined) await downloadTo(output, { batch: batch.id, layout, split }, context)
  requireSuccess(batch, options.failOn)
}

function joinedOf(file: string, format: InputFormat, { join, column = [], output, split }: RunOptions): Layout {
  if (!join) throw new UsageError('--column needs --join.')
  if (format !== 'csv' || file === STDIN) throw new UsageError('--join needs a CSV file: stdin cannot be read twice.')
  if (!output?.endsWith('.csv')) throw new UsageError('--join needs --output with the name of a CSV file.')
  if (split) throw new UsageError('Use either --join or --split: a joined file has the rows of all tasks.')
  return joinedLayout(file, column.map(readColumn))
}

interface Input {
  file: string
  format: InputFormat
  taskOf: TaskOf
}

/** A file with a row that cannot be used is refused before anything is submitted. */
async function checkTasks({ file, format, taskOf }: Input, signal: AbortSignal): Promise<void> {
  let tasks = 0
  for await (const _ of readTasks(file, format, taskOf)) {
    signal.throwIfAborted()
    tasks += 1
  }
  if (tasks === 0) throw new UsageError(`${file} has no rows.`)
}

async function showTasks({ file, format, taskOf }: Input, signal: AbortSignal): Promise<void> {
  let tasks = 0
  for await (const task of readTasks(file, format, taskOf)) {
    signal.throwIfAborted()
    tasks += 1
    if (tasks <= 3) await write(`${typeof task === 'string' ? task : JSON.stringify(task)}\n`)
  }
  process.stderr.write(`${count(tasks)} tasks. Nothing was submitted.\n`)
}

/** Without a code of the user's, the batch gets one, so that the user can continue an upload that breaks off. */
async function submit({ file, format, taskOf }: Input, options: RunOptions, context: Context): Promise<BatchRun> {
  const { sluice, isQuiet, signal } = context
  const say = (text: string) => void (isQuiet || process.stderr.write(text))
  const code = options.code ?? newCode(file)
  try {
    const batchRun = await sluice.run(
      { ...batchOf(options), code, tasks: readTasks(file, format, taskOf) },
      {
        resume: options.code !== undefined,
        compress: options.compress ?? file.endsWith('.gz'),
        signal,
        onProgress: ({ total }) => say(`uploaded ${count(total)} tasks\n`),
      },
    )
    say(`batch ${code} is submitted\n`)
    return batchRun
  } catch (error) {
    if (isInvalid(error) && options.code === undefined) await sluice.batches.cancel(`code:${code}`)
    else if (options.code === undefined) say(`To continue the upload, add --code ${code}\n`)
    throw await explainLines(error, file, format)
  }
}

function newCode(file: string): string {
  const name = file === STDIN ? 'stdin' : basename(file).replace(/\..*/, '')
  return `${name}-${randomBytes(4).toString('hex')}`
}

function isInvalid(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'SLUICE_TASKS_INVALID'
}

/** Names the lines of the file in which the API found something wrong. */
async function explainLines(error: unknown, file: string, format: InputFormat): Promise<unknown> {
  if (!(error instanceof ApiError) || error.code !== 'SLUICE_TASKS_INVALID') return error
  const lines: string[] = []
  for (const { line, message } of error.problem.lines) {
    const place = file === STDIN ? `task ${line}` : `${file}:${await findLine(file, format, line - 1)}`
    lines.push(`${place}: ${message}`)
  }
  return new UsageError(`The API refused tasks:\n${lines.join('\n')}`)
}

async function followRun(
  { id }: BatchRun,
  options: RunOptions,
  { sluice, isQuiet, signal, format }: Context,
): Promise<Batch> {
  return await follow(sluice, id, {
    isQuiet,
    signal,
    failOn: options.failOn,
    timeoutMs: options.timeout,
    cancelsOnInterrupt: options.cancelOnInterrupt,
    ...(format === 'ndjson' && { onSnapshot: (batch: Batch) => write(`${JSON.stringify(batch)}\n`) }),
  })
}
