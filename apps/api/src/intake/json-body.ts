import { MAX_NESTING, nestsTooDeep } from '@sluice/engine'
import { isUtf8 } from 'node:buffer'
import { BodyNotJsonError, RequestInvalidError } from './intake-errors.ts'

/** The longest JSON that is parsed in one go, which takes about 1 ms. Larger bodies are read task by task. */
export const MAX_PLAIN_BODY_BYTES = 131_072

/** Levels around the payload of a task that is sent inside a batch. */
const WRAPPING_LEVELS = 3

/** The value of a JSON body. Undefined if the body is empty: many clients announce JSON on every request. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  checkUtf8(bytes)
  const text = bytes.toString('utf8')
  const body = parse(text)
  if (nestsTooDeep(text, MAX_NESTING + WRAPPING_LEVELS)) throw nestingError()
  return body
}

/** Throws `BodyNotJsonError` for bytes that are not UTF-8, which decoding would silently replace. */
export function checkUtf8(bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new BodyNotJsonError('its bytes are not UTF-8')
}

function parse(text: string): unknown {
  try {
    // Some tools write a byte order mark first.
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch (error) {
    throw new BodyNotJsonError(error instanceof Error ? error.message : String(error))
  }
}

function nestingError(): RequestInvalidError {
  return new RequestInvalidError([{ path: 'body', message: `nests deeper than ${MAX_NESTING} levels` }])
}
