import { TaskLine } from '@sluice/contracts'
import { Compile } from 'typebox/compile'
import { describeViolations } from '../describe-violations.ts'
import { MAX_NESTING, nestsTooDeep } from '../nesting.ts'
import { showValue } from '../show-value.ts'

/** Why a text is no task. The message completes the sentence that begins with its line. */
export interface TaskFlaw {
  message: string
  value?: unknown
}

const validator = Compile(TaskLine)

/** What keeps a text from being a task of at most `maxTaskBytes`; undefined when nothing does. */
export function findTaskFlaw(text: string, maxTaskBytes: number): TaskFlaw | undefined {
  if (isLonger(text, maxTaskBytes)) return { message: `is longer than ${maxTaskBytes} bytes`, value: showValue(text) }
  const parsed = parse(text)
  if (parsed === undefined) return { message: 'is not JSON', value: showValue(text) }
  if (!validator.Check(parsed.value)) return describeFlaw(parsed.value)
  if (nestsTooDeep(parsed.value, text.length)) return { message: `nests deeper than ${MAX_NESTING} levels` }
  return undefined
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

function describeFlaw(value: unknown): TaskFlaw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { message: 'is not a JSON object', value: showValue(value) }
  }
  const violations = describeViolations(validator, value)
  const [first] = violations
  const message = violations.map(({ path, message: problem }) => `${path.slice(1)} ${problem}`).join('; ')
  return { message: `is not a task: ${message}`, value: first?.value }
}
