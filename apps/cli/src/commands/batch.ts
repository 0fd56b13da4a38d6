import type { Batch, BodyOf, FailureClass, QueryOf, TaskState } from '@sluice/client'
import { Option, type Command } from 'commander'
import { contextOf, type Context } from '../context.ts'
import { download, followResults } from '../download/download.ts'
import { linesOf } from '../download/layout.ts'
import { UsageError } from '../exit-codes.ts'
import { endStdinWith, STDIN } from '../input/read-blocks.ts'
import { formatOf, INPUT_FORMATS, type InputFormat } from '../input/read-rows.ts'
import { checkTasks, taskInput } from '../input/tasks.ts'
import { first } from '../output/first.ts'
import { batchList, oneBatch } from '../output/batch-text.ts'
import { printOne, printRows, write } from '../output/print.ts'
import { reportPrinter } from '../output/report-text.ts'
import { oneTask, taskList } from '../output/task-text.ts'
import { sampleList } from '../output/series-text.ts'
import { interruptionList } from '../output/interruption-text.ts'
import { count } from '../output/words.ts'
import { requireSameMajor } from '../require-same-major.ts'
import { upload } from '../upload.ts'
import { follow, requireSuccess } from '../wait.ts'
import { collect, parseCount, parseCounts, parseDuration, parseFuture, parsePast } from './arguments.ts'
import {
  addBatchOptions,
  addCriteriaOptions,
  batchOf,
  type BatchOptions,
  criteriaOf,
  metadataOf,
} from './batch-options.ts'
import { addResultOptions, downloadTo, type ResultOptions, resultLayoutOf } from './result-options.ts'

/** Adds `sluice batch` and what can be done with batches. */
export function addBatchCommands(program: Command): void {
  const batch = program.command('batch').description('Creates, fills, watches, controls and reads batches.')
  addSubmission(batch, program.version() ?? '')
  addReading(batch)
  addWaiting(batch)
  addControl(batch)
}

function addSubmission(batch: Command, version: string): void {
  const create = addBatchOptions(
    batch.command('create').description('Creates an empty batch that takes tasks until it is sealed.'),
  )
    .option('--type <type>', 'handler of tasks without a type')
    .action(async (options: BatchOptions & { type?: string }) => {
      const { sluice, format } = contextOf(create)
      await printOne(
        format,
        await sluice.batches.create({ ...batchOf(options), type: options.type, sealed: false }),
        oneBatch,
      )
    })
  const append = batch
    .command('append <batch> <file>')
    .description('Appends the tasks of an NDJSON or JSON file (- is stdin).')
    .option(
      '--offset <seq>',
      'seq of the first task; tasks that the batch has are skipped, so it can be repeated',
      parseCount,
    )
    .option('--seal', 'seal the batch after the last task')
    .option('--compress', 'send the tasks compressed (default for a file that ends in .gz)')
    .addOption(
      new Option('--input-format <format>', 'format of the file (default: by its name)').choices(INPUT_FORMATS),
    )
    .option('--skip-invalid', 'leave out rows that cannot be used, and keep them in <file>.rejected')
    .action((id: string, file: string, options: AppendCommandOptions) =>
      appendFile(id, file, { ...options, version }, contextOf(append)),
    )
  const seal = batch
    .command('seal <batch>')
    .description('Closes a batch to further tasks, so that it completes with its last task.')
    .action(async (id: string) => {
      const { sluice, format } = contextOf(seal)
      await printOne(format, await sluice.batches.seal(id), oneBatch)
    })
}

interface AppendCommandOptions {
  offset?: number
  seal?: true
  skipInvalid?: true
  compress?: true
  inputFormat?: InputFormat
}

async function appendFile(
  id: string,
  file: string,
  options: AppendCommandOptions & { version: string },
  { sluice, signal, isQuiet }: Context,
): Promise<void> {
  const given = taskInput(file, options.inputFormat ?? formatOf(file), {})
  const { offset, seal, skipInvalid: skipsInvalid = false, compress = file.endsWith('.gz') } = options
  if (file === STDIN) endStdinWith(signal)
  const { maxTaskBytes } = await requireSameMajor(sluice, options.version, signal)
  const input = { ...given, maxTaskBytes }
  // A file with a row that cannot be used is refused before anything is appended, unless such rows are left out.
  if (file !== STDIN && !skipsInvalid) await checkTasks(input, signal)
  const say = (line: string) => void (isQuiet || process.stderr.write(`${line}\n`))
  // Without an offset, the batch has none of the tasks.
  const readHeld = async () =>
    offset === undefined ? 0 : Math.max(0, (await sluice.batches.get(id, { signal })).counts.total - offset)
  const { accepted, skipped, total } = await upload(input, { skipsInvalid, readHeld, say }, (tasks, hooks) =>
    sluice.batches.append(id, tasks, { offset, seal, compress, signal, ...hooks }),
  )
  say(`appended ${count(accepted)} tasks, skipped ${count(skipped)}; the batch has ${count(total)}`)
}

interface ListOptions extends Omit<QueryOf<'listBatches'>, 'metadata' | 'pageSize' | 'cursor'> {
  metadata?: string[]
  max?: number
}

function addReading(batch: Command): void {
  const list = batch
    .command('list')
    .description('Lists batches, newest first.')
    .option('--state <state>', 'only batches in this state: active, interrupted, completed or cancelled')
    .option('--outcome <outcome>', 'only batches with this outcome: succeeded, partial or failed')
    .option('--tenant <name>', 'only batches of this tenant')
    .option('--queue <name>', 'only batches of this queue')
    .option('--type <type>', 'only batches of this type')
    .option('--code-prefix <text>', 'only batches whose code begins with this')
    .option(
      '--created-after <time>',
      'only batches created at this time or later: a time, or 2h for two hours ago',
      parsePast,
    )
    .option('--created-before <time>', 'only batches created before this time', parsePast)
    .option('--metadata <name=value>', 'only batches with this value; may be repeated', collect)
    .option('--max <number>', 'at most so many (default: 20)', parseCount)
    .action(async ({ max = 20, metadata, ...query }: ListOptions) => {
      const { sluice, format } = contextOf(list)
      const pageSize = Math.min(Math.max(max, 1), 100)
      const rows = sluice.batches.list({ ...query, metadata: metadataOf(metadata), pageSize })
      await printRows(format, first(max, rows), batchList)
    })
  const get = batch
    .command('get <batch>')
    .description('Shows a batch: its tasks by state, what it waits for, and how near it is to stopping itself.')
    .action(async (id: string) => {
      const { sluice, format } = contextOf(get)
      await printOne(format, await sluice.batches.get(id), oneBatch)
    })
  const report = batch
    .command('report <batch>')
    .description(
      'Shows times, retries, errors in groups, the latest failures, stuck tasks and interruptions of a batch.',
    )
    .option('--stuck-after <time>', 'after which time a running task is stuck, such as 5m', parseDuration)
    .action(async (id: string, { stuckAfter: stuckAfterMs }: { stuckAfter?: number }) => {
      const { sluice, format } = contextOf(report)
      await printOne(format, await sluice.batches.report(id, { stuckAfterMs }), reportPrinter)
    })
  const interruptions = batch
    .command('interruptions <batch>')
    .description('Lists why a batch was stopped, newest first.')
    .action(async (id: string) => {
      const { sluice, format } = contextOf(interruptions)
      await printRows(format, (await sluice.batches.interruptions(id)).interruptions, interruptionList)
    })
  const series = batch
    .command('series <batch>')
    .description('Shows how a batch went on over time: what ended in each period, and how long it took.')
    .action(async (id: string) => {
      const { sluice, format } = contextOf(series)
      await printRows(format, (await sluice.batches.series(id)).samples, sampleList)
    })
  const tasks = batch
    .command('tasks <batch>')
    .description('Lists tasks of a batch with their last error, in order of seq.')
    .option('--state <state>', 'only tasks in this state')
    .option('--failure-class <class>', 'only tasks whose last attempt failed with this class')
    .option('--key <key>', 'only tasks with this key')
    .option('--max <number>', 'at most so many (default: 50)', parseCount)
    .action(async (id: string, { max = 50, ...query }: QueryOf<'listTasks'> & { max?: number }) => {
      const { sluice, format } = contextOf(tasks)
      const pageSize = Math.min(Math.max(max, 1), 1000)
      await printRows(format, first(max, sluice.tasks.list(id, { ...query, pageSize })), taskList)
    })
  const task = batch
    .command('task')
    .argument('<batch>', 'id of the batch, or code:<code>')
    .argument('<seq>', 'position of the task, from 0', parseCount)
    .description('Shows a task with its payload and its result or last error.')
    .action(async (id: string, seq: number) => {
      const { sluice, format } = contextOf(task)
      await printOne(format, await sluice.tasks.get(id, seq), oneTask)
    })
  addResults(batch)
}

function addResults(batch: Command): void {
  const results = addResultOptions(
    batch
      .command('results <batch>')
      .description('Downloads the results of a batch, one line for each task, in order of seq.')
      .option('--state <state>', 'only tasks in this state, such as completed; may be repeated', collect)
      .option('--follow', 'print results as their tasks end, until the batch does'),
    'stdout',
  ).action(async (id: string, options: ResultOptions & { state?: TaskState[]; follow?: true }) => {
    const context = contextOf(results)
    const { sluice, signal } = context
    const { output, state, follow: follows, split = false } = options
    const layout = resultLayoutOf(options)
    if (follows && (output ?? state) !== undefined)
      throw new UsageError('--follow goes with neither --output nor --state.')
    if (state !== undefined && split) throw new UsageError('Use either --state or --split.')
    if (follows) return await printLines(linesOf(followResults(sluice, id, signal), layout.format))
    if (output === undefined || state !== undefined) {
      return await download(sluice, { batch: id, file: output, layout, state, signal })
    }
    await downloadTo(output, { batch: id, layout, split }, context)
  })
}

async function printLines(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) await write(line)
}

function addWaiting(batch: Command): void {
  const watch = batch
    .command('watch <batch>')
    .description('Shows the progress of a batch until it ends or is interrupted. Ctrl-C stops watching, not the batch.')
    .action(async (id: string) => {
      const { sluice, format, isQuiet, signal } = contextOf(watch)
      const onSnapshot = format === 'ndjson' ? (one: Batch) => write(`${JSON.stringify(one)}\n`) : undefined
      requireSuccess(await follow(sluice, id, { isQuiet, signal, failOn: 'none', onSnapshot }), 'none')
    })
  const wait = batch
    .command('wait <batch>')
    .description('Waits for the end of a batch, and prints it. The exit code says how it ended.')
    .option('--timeout <time>', 'stop waiting after this time, such as 30m', parseDuration)
    .addOption(
      new Option('--fail-on <tasks>', 'whether failed tasks are a failure').choices(['any', 'none']).default('any'),
    )
    .action(async (id: string, { timeout, failOn }: { timeout?: number; failOn: 'any' | 'none' }) => {
      const { sluice, format, signal } = contextOf(wait)
      const ended = await follow(sluice, id, { isQuiet: true, signal, failOn, timeoutMs: timeout })
      await printOne(format, ended, oneBatch)
      requireSuccess(ended, failOn)
    })
}

function addControl(batch: Command): void {
  const update = addCriteriaOptions(
    batch
      .command('update <batch>')
      .description('Changes an active or interrupted batch.')
      .option('--concurrency <number>', 'how many tasks run at once', parseCount)
      .option('--priority <number>', 'from 1, first, to 10', parseCount)
      .option('--start-at <time>', 'start at another time, in 2h, or now, if no task has started', parseFuture),
  ).action(async (id: string, options: BatchOptions) => {
    const { sluice, format } = contextOf(update)
    const { concurrency, priority, startAt } = options
    const change = { concurrency, priority, startAt, ...criteriaOf(options) }
    await printOne(format, await sluice.batches.update(id, change), oneBatch)
  })
  const interrupt = batch
    .command('interrupt <batch>')
    .description('Stops an active batch. It can be resumed.')
    .option('--abort', 'abort running attempts; they are released and spend no attempt')
    .option('--reason <word>', 'one word that the batch then shows')
    .action(async (id: string, { abort, reason }: { abort?: true; reason?: string }) => {
      const { sluice, format } = contextOf(interrupt)
      await printOne(format, await sluice.batches.interrupt(id, { abort, reason }), oneBatch)
    })
  const resume = addCriteriaOptions(
    batch
      .command('resume <batch>')
      .description('Continues an interrupted batch, with other criteria if you name some.'),
  ).action(async (id: string, options: BatchOptions) => {
    const { sluice, format } = contextOf(resume)
    await printOne(format, await sluice.batches.resume(id, criteriaOf(options)), oneBatch)
  })
  const retry = batch
    .command('retry <batch>')
    .description('Runs failed tasks of a batch again.')
    .option('--failure-class <class>', 'only tasks that failed with this class')
    .option('--status <code>', 'with --message: the status of the group, if it has one', parseCount)
    .option('--message <text>', 'with --failure-class: only tasks whose error is in this group of the report')
    .option('--seqs <list>', 'only these tasks, such as 3,17', parseCounts)
    .option('--dry-run', 'count the tasks, and change nothing')
    .action(async (id: string, options: RetryOptions) => {
      const { sluice, format, isQuiet } = contextOf(retry)
      const { retried, batch: one } = await sluice.batches.retry(id, retryOf(options))
      const verb = options.dryRun ? 'would run' : 'run'
      if (!isQuiet) process.stderr.write(`${count(retried)} tasks ${verb} again\n`)
      await printOne(format, one, oneBatch)
    })
  const cancel = batch
    .command('cancel <batch>')
    .description('Stops a batch for good.')
    .option('--no-abort', 'let running attempts finish')
    .action(async (id: string, { abort }: { abort: boolean }) => {
      const { sluice, format } = contextOf(cancel)
      await printOne(format, await sluice.batches.cancel(id, { abort }), oneBatch)
    })
  const remove = batch
    .command('delete <batch>')
    .description('Deletes a completed or cancelled batch with its tasks and results.')
    .action(async (id: string) => {
      await contextOf(remove).sluice.batches.delete(id)
    })
}

interface RetryOptions {
  failureClass?: FailureClass
  status?: number
  message?: string
  seqs?: number[]
  dryRun?: true
}

function retryOf({ failureClass, status, message, seqs, dryRun }: RetryOptions): BodyOf<'retryTasks'> {
  if (message === undefined) {
    if (status !== undefined)
      throw new UsageError('--status needs --message: together they name a group of the report.')
    return { failureClass, seqs, dryRun }
  }
  if (failureClass === undefined) throw new UsageError('--message needs --failure-class: together they name a group.')
  return { group: { failureClass, status: status ?? null, message }, seqs, dryRun }
}
