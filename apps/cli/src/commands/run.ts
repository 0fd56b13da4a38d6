import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { Batch, BatchRun } from '@sluice/client'
import { Option, type Command } from 'commander'
import { contextOf, type Context } from '../context.ts'
import { type Join, joinedLayout, joinedNames, type Layout, readColumn } from '../download/layout.ts'
import { UsageError } from '../exit-codes.ts'
import { endStdinWith, STDIN } from '../input/read-blocks.ts'
import { formatOf, INPUT_FORMATS, type InputFormat, readRows } from '../input/read-rows.ts'
import { checkTasks, readTasks, type TaskInput, taskInput, type TaskOptions } from '../input/tasks.ts'
import { count } from '../output/words.ts'
import { write } from '../output/print.ts'
import { requireSameMajor } from '../require-same-major.ts'
import { upload } from '../upload.ts'
import { follow, requireSuccess } from '../wait.ts'
import { collect, parseDuration } from './arguments.ts'
import { addBatchOptions, batchOf, type BatchOptions } from './batch-options.ts'
import { addResultOptions, downloadTo, type ResultOptions, resultLayoutOf } from './result-options.ts'

interface RunOptions extends BatchOptions, TaskOptions, ResultOptions {
  inputFormat?: InputFormat
  join?: true
  column?: string[]
  compress?: true
  skipInvalid?: true
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
    .option('--skip-invalid', 'leave out rows that cannot be used, and keep them in <file>.rejected')
    .option('--dry-run', 'check the file and show the first tasks, and submit nothing')
    .option('--detach', 'submit the batch and do not wait for it')
    .option('--cancel-on-interrupt', 'Ctrl-C also cancels the batch')
    .addOption(
      new Option('--fail-on <tasks>', 'whether failed tasks are a failure').choices(['any', 'none']).default('any'),
    )
    .option('--timeout <time>', 'stop waiting after this time, such as 30m', parseDuration)
    .addHelpText('after', EXAMPLES)
    .action((file: string, options: RunOptions) => run(file, options, contextOf(command), program.version() ?? ''))
}

async function run(file: string, options: RunOptions, context: Context, version: string): Promise<void> {
  const given = taskInput(file, options.inputFormat ?? formatOf(file), options)
  const join = joinOf(given, options)
  const layout = join === undefined ? resultLayoutOf(options) : joinedLayout(join)
  const { signal } = context
  if (file === STDIN) endStdinWith(signal)
  if (options.dryRun) return await showTasks(given, signal)
  // Columns that would clash are refused before anything is submitted.
  if (join !== undefined) await joinedNames(join)
  const { maxTaskBytes } = await requireSameMajor(context.sluice, version, signal)
  const input = { ...given, maxTaskBytes }
  if (file !== STDIN) await requireUsableFile(input, options, signal)
  const batchRun = await submit(input, options, context)
  if (options.detach) return await write(`${batchRun.id}\n`)
  const batch = await followRun(batchRun, options, context)
  await downloadRun(batch, layout, options, context)
  requireSuccess(batch, options.failOn)
}

/** The same command would make another batch, unless it has the code of this one. */
async function downloadRun(
  { id, code }: Batch,
  layout: Layout,
  { output, split, code: given }: RunOptions,
  context: Context,
): Promise<void> {
  if (output === undefined) return
  try {
    await downloadTo(output, { batch: id, layout, split: split ?? false }, context)
  } catch (error) {
    if (given === undefined && !context.isQuiet)
      process.stderr.write(`To download the results of this batch again, add --code ${code}\n`)
    throw error
  }
}

function joinOf({ file, format }: TaskInput, options: RunOptions): Join | undefined {
  const { join, column = [], output, split, skipInvalid } = options
  if (!join && column.length > 0) throw new UsageError('--column needs --join.')
  if (!join) return undefined
  if (format !== 'csv' || file === STDIN) throw new UsageError('--join needs a CSV file: stdin cannot be read twice.')
  if (!output?.endsWith('.csv')) throw new UsageError('--join needs --output with the name of a CSV file.')
  if (split) throw new UsageError('Use either --join or --split: a joined file has the rows of all tasks.')
  if (skipInvalid) throw new UsageError('Use either --join or --skip-invalid: a joined file needs a task for each row.')
  return { file, columns: column.map(readColumn) }
}

/** A file with a row that cannot be used is refused before anything is submitted, unless such rows are left out. */
async function requireUsableFile(input: TaskInput, { skipInvalid }: RunOptions, signal: AbortSignal): Promise<void> {
  const hasRows = skipInvalid ? await hasRow(input) : (await checkTasks(input, signal)) > 0
  if (!hasRows) throw new UsageError(`${input.file} has no rows.`)
}

async function hasRow({ file, format }: TaskInput): Promise<boolean> {
  for await (const _ of readRows(file, format)) return true
  return false
}

async function showTasks(input: TaskInput, signal: AbortSignal): Promise<void> {
  let tasks = 0
  for await (const task of readTasks(input)) {
    signal.throwIfAborted()
    tasks += 1
    if (tasks <= 3) await write(`${task}\n`)
  }
  process.stderr.write(`${count(tasks)} tasks. Nothing was submitted.\n`)
}

/** Without a code of the user's, the batch gets one, so that the user can continue an upload that breaks off. */
async function submit(input: TaskInput, options: RunOptions, context: Context): Promise<BatchRun> {
  const { sluice, isQuiet, signal } = context
  const say = (line: string) => void (isQuiet || process.stderr.write(`${line}\n`))
  const code = options.code ?? newCode(input.file)
  const readHeld = async () => (await sluice.batches.get(`code:${code}`, { signal })).counts.total
  const compress = options.compress ?? input.file.endsWith('.gz')
  const settings = { skipsInvalid: options.skipInvalid ?? false, readHeld, say }
  try {
    const batchRun = await upload(input, settings, (tasks, { onProgress, ...hooks }) =>
      sluice.run(
        { ...batchOf(options), code, tasks },
        {
          ...hooks,
          resume: options.code !== undefined,
          compress,
          signal,
          onProgress: async (progress) => {
            await onProgress?.(progress)
            say(`uploaded ${count(progress.total)} tasks`)
          },
        },
      ),
    )
    say(`batch ${code} is submitted`)
    return batchRun
  } catch (error) {
    if (options.code === undefined) await leave(error, code, context, say)
    throw error
  }
}

/** Nothing stays half uploaded because of a wrong row. After any other break, the upload can be continued. */
async function leave(error: unknown, code: string, { sluice }: Context, say: (line: string) => void): Promise<void> {
  if (!(error instanceof UsageError)) return say(`To continue the upload, add --code ${code}`)
  await sluice.batches.cancel(`code:${code}`)
  say(`batch ${code} was cancelled`)
}

function newCode(file: string): string {
  const name = file === STDIN ? 'stdin' : basename(file).replace(/\..*/, '')
  return `${name}-${randomBytes(4).toString('hex')}`
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
