import { TaskLine } from '@sluice/contracts'
import { MAX_NESTING, nestsTooDeep } from '@sluice/engine'
import { Compile } from 'typebox/compile'
import { describeViolations, type Violation } from './describe-violations.ts'
import { showValue } from './show-value.ts'

/** Why a line is not a task. The message completes the sentence that begins with its line. */
export interface TaskFlaw {
  message: string
  value?: unknown
}

export const NOT_JSON = 'is not JSON'

const validator = Compile(TaskLine)

/** Why a line is not a task of at most `maxTaskBytes`. Undefined if it is one. */
export function findTaskFlaw(text: string, maxTaskBytes: number): TaskFlaw | undefined {
  const flaws = findTaskFlaws(text, maxTaskBytes)
  const [first] = flaws
  if (first === undefined || first.path === '') return first && { message: first.message, value: first.value }
  const message = flaws.map(({ path, message: problem }) => `${path.slice(1)} ${problem}`).join('; ')
  return { message: `is not a task: ${message}`, value: first.value }
}

/** Every reason why a text is not a task of at most `maxTaskBytes`. An empty path means the task as a whole. */
export function findTaskFlaws(text: string, maxTaskBytes: number): readonly Violation[] {
  if (isLonger(text, maxTaskBytes)) return flaw(`is longer than ${maxTaskBytes} bytes`, text)
  const parsed = parse(text)
  if (parsed === undefined) return flaw(NOT_JSON, text)
  // Before the schema: to show a value that violates it, the value is serialized, which could overflow the stack.
  if (nestsTooDeep(text)) return flaw(`nests deeper than ${MAX_NESTING} levels`)
  if (!validator.Check(parsed.value)) return findViolations(parsed.value)
  return []
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
