import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { BodyNotJsonError, EncodingUnsupportedError, RequestInvalidError } from './errors/api-errors.ts'
import { MAX_NESTING, nestsTooDeep } from './nesting.ts'

/** The longest JSON that is parsed in one go, which takes about 1 ms: larger bodies are read task by task. */
export const MAX_PLAIN_BODY_BYTES = 131_072

/** Levels around the payload of a task that is sent inside a batch. */
const WRAPPING_LEVELS = 3

/**
 * Reads JSON bodies, in place of Fastify's parser: that one replaces bytes that are not UTF-8 without a word, and
 * refuses payloads that hold a key called `__proto__` or `constructor`. Payloads are opaque here; none is ever merged
 * into an object, which is what those keys are feared for.
 */
export function registerJsonBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    parseJsonBody(body),
  )
  app.addHook('onRequest', async ({ headers }) => {
    const { 'content-encoding': encoding = 'identity' } = headers
    if (encoding !== 'identity') throw new EncodingUnsupportedError(encoding)
  })
}

/** An empty body is none at all: many clients announce JSON on every request. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  checkUtf8(bytes)
  const text = bytes.toString('utf8')
  const body = parse(text)
  if (nestsTooDeep(text, MAX_NESTING + WRAPPING_LEVELS)) throw nestingError()
  return body
}

/** Otherwise decoding would replace bytes without a word. */
export function checkUtf8(bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new BodyNotJsonError('its bytes are not UTF-8')
}

function parse(text: string): unknown {
  try {
    // Some tools put a byte order mark first.
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch (error) {
    throw new BodyNotJsonError(error instanceof Error ? error.message : String(error))
  }
}

function nestingError(): RequestInvalidError {
  return new RequestInvalidError([{ path: 'body', message: `nests deeper than ${MAX_NESTING} levels` }])
}
