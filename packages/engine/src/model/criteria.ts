/** The conditions on which a batch stops itself. An omitted criterion never trips. See `docs/interruption.md`. */
export interface InterruptionCriteria {
  /** The share of failed tasks, 0 to 1, above which the batch stops. */
  maxErrorRate?: number | undefined
  /** Finished tasks required before the error rate of finished tasks is judged. Default 20. */
  minSample?: number | undefined
  /** The number of failed tasks at which the batch stops. */
  maxFailedTasks?: number | undefined
  /** The number of consecutive failed attempts, over all workers, at which the batch stops. */
  maxConsecutiveFailures?: number | undefined
  /** The number of 429 responses at which the batch stops. */
  maxRateLimitHits?: number | undefined
  /** The number of 502 and 503 responses at which the batch stops. */
  maxConcurrencyErrors?: number | undefined
  /** The duration of an attempt, in ms, at which the attempt is aborted and the batch stops. */
  taskTimeoutMs?: number | undefined
  /** The time since the first lease, or the last resumption or retry, in ms, at which the batch stops. */
  maxBatchRuntimeMs?: number | undefined
  /** Failure classes whose first failure stops the batch. */
  stopOn?: readonly string[] | undefined
}

/** A change of criteria. An omitted criterion keeps its value, or the queue's; null switches it off. */
export type CriteriaUpdate = { [Name in keyof InterruptionCriteria]?: InterruptionCriteria[Name] | null | undefined }

/** The public name of a criterion. */
export type CriterionName = keyof InterruptionCriteria

/** The name of each criterion in the `criteria` hash and in Lua. */
const FIELDS: Record<CriterionName, string> = {
  maxErrorRate: 'max_error_rate',
  minSample: 'min_sample',
  maxFailedTasks: 'max_failed_tasks',
  maxConsecutiveFailures: 'max_consecutive_failures',
  maxRateLimitHits: 'max_rate_limit_hits',
  maxConcurrencyErrors: 'max_concurrency_errors',
  taskTimeoutMs: 'task_timeout_ms',
  maxBatchRuntimeMs: 'max_batch_runtime_ms',
  stopOn: 'stop_on',
}

const NAMES = Object.keys(FIELDS) as CriterionName[]

/** Applies an update to defaults, criterion by criterion. */
export function mergeCriteria(defaults: InterruptionCriteria, update: CriteriaUpdate): InterruptionCriteria {
  const merged = NAMES.map((name) => [name, update[name] === undefined ? defaults[name] : update[name]])
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined && value !== null)) as InterruptionCriteria
}

/** Encodes criteria as fields of the `criteria` hash. Null becomes an empty string, which switches a criterion off. */
export function encodeCriteria(criteria: CriteriaUpdate): Record<string, string | number> {
  const given = NAMES.filter((name) => criteria[name] !== undefined)
  return Object.fromEntries(given.map((name) => [FIELDS[name], encodeValue(criteria[name])]))
}

function encodeValue(value: CriteriaUpdate[CriterionName]): string | number {
  if (value === null || value === undefined) return ''
  return typeof value === 'number' ? value : value.join(' ')
}

/** Decodes the fields of the `criteria` hash. */
export function decodeCriteria(fields: Record<string, string>): InterruptionCriteria {
  const present = NAMES.filter((name) => fields[FIELDS[name]] !== undefined)
  return Object.fromEntries(present.map((name) => [name, decodeValue(name, fields[FIELDS[name]] ?? '')]))
}

function decodeValue(name: CriterionName, text: string): number | string[] {
  return name === 'stopOn' ? text.split(' ') : Number(text)
}
