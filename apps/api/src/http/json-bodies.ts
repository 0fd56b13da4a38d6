import type { FastifyInstance } from 'fastify'
import { parseJsonBody } from '../intake/json-body.ts'
import { MediaTypeError } from './errors/http-errors.ts'

/**
 * Reads JSON bodies instead of Fastify's parser. That one silently replaces bytes that are not UTF-8, and refuses
 * payloads with a key called `__proto__` or `constructor`. Payloads are opaque here: none is ever merged into an
 * object, which is what makes those keys dangerous.
 */
export function registerJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    parseJsonBody(body),
  )
  app.addHook('onRequest', async ({ headers }) => {
    const { 'content-encoding': encoding = 'identity' } = headers
    if (encoding === 'identity') return
    throw new MediaTypeError(`Content-Encoding "${encoding}" is not supported. Send the body uncompressed.`)
  })
}
