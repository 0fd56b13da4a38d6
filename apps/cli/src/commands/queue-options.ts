import type { BodyOf } from '@sluice/client'
import type { Command } from 'commander'
import { UsageError } from '../exit-codes.ts'
import { collect, parseCount, parseDuration, parseJson, parseRule } from './arguments.ts'
import { addCriteriaOptions, type BatchOptions, criteriaOf } from './batch-options.ts'

const DATA_HELP = 'settings as JSON, or @file; other options take precedence'

type LimitRules = BodyOf<'putLimit'>['rules']

/** Options of a queue, as commander gives them. */
export interface QueueOptions extends BatchOptions {
  data?: string
  limit?: string
  host?: string[]
  secret?: string[]
}

/** Options of a limit, as commander gives them. */
export interface LimitOptions {
  data?: string
  rule?: LimitRules
  burstFactor?: number
  adaptive?: boolean
}

/** Adds the options of a queue's settings. */
export function addQueueOptions(command: Command): Command {
  return addCriteriaOptions(
    command
      .option('--concurrency <number>', 'how many tasks run at once, on all workers', parseCount)
      .option('--limit <name>', 'the limit that its tasks start under')
      .option('--max-attempts <number>', 'attempts of a failing task', parseCount)
      .option('--attempt-timeout <time>', 'time limit of one attempt, such as 60s', parseDuration)
      .option('--host <host>', 'a host that http tasks may call; may be repeated (default: all)', collect)
      .option('--secret <name>', 'a secret that http tasks may use; may be repeated', collect)
      .option('--data <json>', DATA_HELP),
  )
}

/** The settings of a queue that options describe. */
export function queueSettingsOf(options: QueueOptions): BodyOf<'putQueue'> {
  const { data, concurrency, limit, maxAttempts, attemptTimeout, host: hosts, secret: secrets } = options
  const sent = (data === undefined ? {} : parseJson(data)) as BodyOf<'putQueue'>
  const http = { ...(hosts !== undefined && { hosts }), ...(secrets !== undefined && { secrets }) }
  return {
    ...sent,
    ...(concurrency !== undefined && { concurrency }),
    ...(limit !== undefined && { limit }),
    ...(attemptTimeout !== undefined && { attemptTimeoutMs: attemptTimeout }),
    ...(maxAttempts !== undefined && { retry: { ...sent.retry, maxAttempts } }),
    ...(Object.keys(http).length > 0 && { http: { ...sent.http, ...http } }),
    ...criteriaOf(options),
  }
}

/** Adds the options of a limit's settings. */
export function addLimitOptions(command: Command): Command {
  return command
    .option('--rule <rule>', 'such as 60/m, 5/10s or "90000 tokens/m"; may be repeated, and all rules hold', addRule)
    .option('--burst-factor <number>', 'how much faster than evenly spaced tasks may start, from 1', Number)
    .option('--adaptive', 'learn which share of it the upstream accepts')
    .option('--no-adaptive', 'do not learn')
    .option('--data <json>', DATA_HELP)
}

function addRule(text: string, earlier: LimitRules = []): LimitRules {
  return [...earlier, parseRule(text)]
}

/**
 * The settings of a limit that options describe.
 *
 * @throws {UsageError} without any rule.
 */
export function limitSettingsOf(options: LimitOptions): BodyOf<'putLimit'> {
  const settings = limitChangeOf(options)
  if (settings.rules === undefined) throw new UsageError('A limit needs a rule. Add --rule, such as --rule 60/m.')
  return settings as BodyOf<'putLimit'>
}

/** The change of a limit that options describe. */
export function limitChangeOf({ data, rule, burstFactor, adaptive }: LimitOptions): BodyOf<'changeLimit'> {
  return {
    ...(data === undefined ? {} : (parseJson(data) as BodyOf<'changeLimit'>)),
    ...(rule !== undefined && { rules: rule }),
    ...(burstFactor !== undefined && { burstFactor }),
    ...(adaptive !== undefined && { adaptive }),
  }
}
