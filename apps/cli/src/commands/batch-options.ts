import type { BodyOf } from '@sluice/client'
import { Option, type Command } from 'commander'
import { collect, parseCount, parseDuration, parseFuture, parseShare } from './arguments.ts'

type CreateBatch = BodyOf<'createBatch'>
type Criteria = NonNullable<CreateBatch['interruptionCriteria']>

/** Options of a new batch, as commander gives them. */
export interface BatchOptions {
  queue?: string
  code?: string
  concurrency?: number
  priority?: number
  startAt?: string
  maxAttempts?: number
  attemptTimeout?: number
  metadata?: string[]
  maxErrorRate?: number
  maxFailedTasks?: number
  maxConsecutiveFailures?: number
  maxRateLimitHits?: number
  maxRuntime?: number
  stopOn?: string
}

/** Adds the options of a new batch to a command. */
export function addBatchOptions(command: Command): Command {
  return addCriteriaOptions(
    command
      .option('--queue <name>', 'queue of the batch (default: default)')
      .option(
        '--code <code>',
        'your own name for the batch, unique: the same command can then be repeated after a break',
      )
      .option('--concurrency <number>', 'how many tasks run at once', parseCount)
      .option('--priority <number>', 'from 1, first, to 10', parseCount)
      .option('--start-at <time>', 'start no task before this time, or 2h for in two hours', parseFuture)
      .option('--max-attempts <number>', 'attempts of a failing task', parseCount)
      .option('--attempt-timeout <time>', 'time limit of one attempt, such as 60s', parseDuration)
      .option('--metadata <name=value>', 'a value to attach; may be repeated', collect),
  )
}

/** Adds the options that say when a batch stops itself. */
export function addCriteriaOptions(command: Command): Command {
  return command
    .option('--max-error-rate <share>', 'stop when so many tasks fail, such as 20%', parseShare)
    .option('--max-failed-tasks <number>', 'stop when so many tasks have failed', parseCount)
    .option('--max-consecutive-failures <number>', 'stop after so many failed attempts in a row', parseCount)
    .option('--max-rate-limit-hits <number>', 'stop after so many 429s', parseCount)
    .option('--max-runtime <time>', 'stop after this time, such as 2h', parseDuration)
    .addOption(new Option('--stop-on <classes>', 'stop at the first failure of these classes, such as auth,invalid'))
}

/** The batch that options describe. */
export function batchOf(options: BatchOptions): Omit<CreateBatch, 'tasks' | 'sealed'> {
  const { queue, code, concurrency, priority, startAt, maxAttempts, attemptTimeout, metadata } = options
  return {
    queue,
    code,
    concurrency,
    priority,
    startAt,
    attemptTimeoutMs: attemptTimeout,
    ...(maxAttempts !== undefined && { retry: { maxAttempts } }),
    metadata: metadataOf(metadata),
    ...criteriaOf(options),
  }
}

/** The criteria that options name. */
export function criteriaOf(options: BatchOptions): { interruptionCriteria?: Criteria } {
  const criteria: Criteria = {
    maxErrorRate: options.maxErrorRate,
    maxFailedTasks: options.maxFailedTasks,
    maxConsecutiveFailures: options.maxConsecutiveFailures,
    maxRateLimitHits: options.maxRateLimitHits,
    maxBatchRuntimeMs: options.maxRuntime,
    // The API names the class that it does not know.
    stopOn: options.stopOn?.split(',') as Criteria['stopOn'],
  }
  const isGiven = Object.values(criteria).some((value) => value !== undefined)
  return isGiven ? { interruptionCriteria: criteria } : {}
}

/** `name=value` texts as an object. Undefined: there are none. */
export function metadataOf(texts: readonly string[] | undefined): Record<string, string> | undefined {
  return texts && Object.fromEntries(texts.map(metadataEntry))
}

function metadataEntry(text: string): [string, string] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
