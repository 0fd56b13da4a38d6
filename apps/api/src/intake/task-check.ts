import { TaskLine } from '@sluice/contracts'
import { MAX_NESTING, nestsTooDeep } from '@sluice/engine'
import { Compile } from 'typebox/compile'
import { describeViolations, type Violation } from './describe-violations.ts'
import { findHttpFlaws } from './http-payload-check.ts'
import { showValue } from './show-value.ts'

/** Why a line is not a task. The message completes the sentence that begins with its line. */
export interface TaskFlaw {
  message: string
  value?: unknown
}

export const NOT_JSON = 'is not JSON'

const validator = Compile(TaskLine)

/** The type of tasks whose payloads are known. */
const HTTP = 'http'

/** What is wrong with a task. */
export interface TaskFlaws {
  /** Each flaw. An empty path means the task as a whole. */
  flaws: readonly Violation[]
  /** Flaws that count only if the batch has the type `http`, because the task has no type of its own. */
  flawsIfHttp: readonly Violation[]
}

const NO_FLAWS: TaskFlaws = { flaws: [], flawsIfHttp: [] }

/** Why a line is not a task of at most `maxTaskBytes` for a batch of this type. Undefined if it is one. */
export function findTaskFlaw(text: string, maxTaskBytes: number, batchType: string | undefined): TaskFlaw | undefined {
  const { flaws: own, flawsIfHttp } = checkTask(text, maxTaskBytes, isHttp(batchType))
  const flaws = own.length === 0 ? flawsIfHttp : own
  const [first] = flaws
  if (first === undefined || first.path === '') return first && { message: first.message, value: first.value }
  const message = flaws.map(({ path, message: problem }) => `${path.slice(1)} ${problem}`).join('; ')
  return { message: `is not a task: ${message}`, value: first.value }
}

/**
 * Every reason why a text is not a task of at most `maxTaskBytes`.
 *
 * @param maybeHttp whether the batch may have the type `http`.
 */
export function checkTask(text: string, maxTaskBytes: number, maybeHttp: boolean): TaskFlaws {
  if (isLonger(text, maxTaskBytes)) return wholeFlaw(`is longer than ${maxTaskBytes} bytes`, text)
  const parsed = parse(text)
  if (parsed === undefined) return wholeFlaw(NOT_JSON, text)
  // Before the schema: to show a value that violates it, the value is serialized, which could overflow the stack.
  if (nestsTooDeep(text)) return wholeFlaw(`nests deeper than ${MAX_NESTING} levels`)
  if (!validator.Check(parsed.value)) return { ...NO_FLAWS, flaws: findViolations(parsed.value) }
  return checkPayload(parsed.value, maybeHttp)
}

function checkPayload({ type, payload }: TaskLine, maybeHttp: boolean): TaskFlaws {
  if (type === HTTP) return { ...NO_FLAWS, flaws: findHttpFlaws(payload) }
  return type === undefined && maybeHttp ? { ...NO_FLAWS, flawsIfHttp: findHttpFlaws(payload) } : NO_FLAWS
}

/** Whether the tasks of a batch that have no type of their own are `http` tasks. */
export function isHttp(batchType: string = HTTP): boolean {
  return batchType === HTTP
}

function wholeFlaw(message: string, value?: unknown): TaskFlaws {
  return { ...NO_FLAWS, flaws: flaw(message, value) }
}

function flaw(message: string, value?: unknown): readonly Violation[] {
  return [{ path: '', message, value: showValue(value) }]
}

function isLonger(text: string, maxBytes: number): boolean {
  // A UTF-16 unit takes one to three bytes, so most lines need no counting.
  if (text.length * 3 <= maxBytes) return false
  return text.length > maxBytes || Buffer.byteLength(text) > maxBytes
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function findViolations(value: unknown): readonly Violation[] {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? describeViolations(validator, value) : flaw('is not a JSON object', value)
}
