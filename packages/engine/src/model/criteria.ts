/** When a batch stops itself. A criterion that is left out never trips. `docs/interruption.md` has examples. */
export interface InterruptionCriteria {
  /** Share of failed tasks, 0 to 1, that must not be exceeded. */
  maxErrorRate?: number | undefined
  /** Finished tasks before the error rate of an unsealed or running batch is judged. Default 20. */
  minSample?: number | undefined
  /** Failed tasks at which the batch stops. */
  maxFailedTasks?: number | undefined
  /** Failed attempts in a row, over all workers, at which the batch stops. */
  maxConsecutiveFailures?: number | undefined
  /** Answers of 429 at which the batch stops. */
  maxRateLimitHits?: number | undefined
  /** Answers of 502 and 503 at which the batch stops. */
  maxConcurrencyErrors?: number | undefined
  /** An attempt that takes so long is aborted and stops the batch, in ms. */
  taskTimeoutMs?: number | undefined
  /** The batch stops so long after its first task started, or was resumed, in ms. */
  maxBatchRuntimeMs?: number | undefined
  /** Failure classes whose first failure stops the batch. */
  stopOn?: readonly string[] | undefined
}

/** Criteria as a client gives them: null switches one off that would otherwise come from the queue or from before. */
export type CriteriaUpdate = { [Name in keyof InterruptionCriteria]?: InterruptionCriteria[Name] | null | undefined }

export type CriterionName = keyof InterruptionCriteria

/** What each criterion is called in the `criteria` hash and in Lua. */
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

/** What a batch says wins over what its queue says, criterion by criterion. */
export function mergeCriteria(defaults: InterruptionCriteria, update: CriteriaUpdate): InterruptionCriteria {
  const merged = NAMES.map((name) => [name, update[name] === undefined ? defaults[name] : update[name]])
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined && value !== null)) as InterruptionCriteria
}

/** The fields of the `criteria` hash. A criterion that is null becomes an empty text, which switches it off. */
export function encodeCriteria(criteria: CriteriaUpdate): Record<string, string | number> {
  const given = NAMES.filter((name) => criteria[name] !== undefined)
  return Object.fromEntries(given.map((name) => [FIELDS[name], encodeValue(criteria[name])]))
}

function encodeValue(value: CriteriaUpdate[CriterionName]): string | number {
  if (value === null || value === undefined) return ''
  return typeof value === 'number' ? value : value.join(' ')
}

export function decodeCriteria(fields: Record<string, string>): InterruptionCriteria {
  const present = NAMES.filter((name) => fields[FIELDS[name]] !== undefined)
  return Object.fromEntries(present.map((name) => [name, decodeValue(name, fields[FIELDS[name]] ?? '')]))
}

function decodeValue(name: CriterionName, text: string): number | string[] {
  return name === 'stopOn' ? text.split(' ') : Number(text)
}
