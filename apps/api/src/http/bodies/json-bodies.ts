import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { mediaTypes, MERGE_PATCH_MEDIA_TYPE } from '@sluice/contracts'
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { BodyBudget, BodyShare } from '../../intake/body-budget.ts'
import { MAX_PLAIN_BODY_BYTES, parseJsonBody } from '../../intake/json-body.ts'
import { RequestInvalidError } from '../../intake/intake-errors.ts'
import { checkCoding } from './upload-coding.ts'
import { readBody } from './read-body.ts'

/** Measured: two high-water marks of 64 KiB. */
const MOST_BUFFERED_BYTES = 131_072

declare module 'fastify' {
  interface FastifyRequest {
    /** The memory that its body takes. It is returned once the request has been answered. */
    bodyShare: BodyShare
  }
}

/** How bodies are read. */
export interface JsonBodiesOptions {
  budget: BodyBudget
  /** The longest time that a body may take to arrive, in ms. */
  timeoutMs: number
}

/**
 * Reads JSON bodies instead of Fastify's parser. That one keeps each piece of a body, however small, silently replaces
 * bytes that are not UTF-8, and refuses payloads with a key called `__proto__` or `constructor`. Payloads are opaque
 * here: none is ever merged into an object, which is what makes those keys dangerous.
 */
export function registerJsonBodies(app: FastifyInstance, { budget, timeoutMs }: JsonBodiesOptions): void {
  app.decorateRequest('bodyShare')
  app.addHook('preParsing', async (request, reply, payload) => {
    request.bodyShare = budget.open()
    reply.raw.once('close', () => request.bodyShare.close())
    // Node buffers so much of a body before anything reads it.
    request.bodyShare.resize(Math.min(announcedBytes(request.raw), MOST_BUFFERED_BYTES))
    return payload
  })
  app.addHook('onRequest', async (request) => checkCoding(request))
  app.removeAllContentTypeParsers()
  parseJson(app, timeoutMs, parseJsonBody)
}

/** The length of a body. One that is sent in chunks has no known end. */
function announcedBytes({ headers }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY
  return Number(headers['content-length'] ?? 0)
}

/** A merge patch is a change, which only operations with PATCH make. */
function isMisplacedPatch({ method, headers }: FastifyRequest): boolean {
  return method !== 'PATCH' && /^application\/merge-patch\+json/i.test(headers['content-type'] ?? '')
}

/** Makes a plugin, or the whole app, parse its JSON bodies with a function. */
export function parseJson(app: FastifyInstance, timeoutMs: number, parse: (bytes: Buffer) => unknown): void {
  const types = [mediaTypes.json, MERGE_PATCH_MEDIA_TYPE]
  app.addContentTypeParser(types, async (request: FastifyRequest, stream: Readable) => {
    if (isMisplacedPatch(request)) throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE()
    const maxBytes = request.routeOptions.bodyLimit ?? MAX_PLAIN_BODY_BYTES
    const body = await parse(await readBody(request, stream, { maxBytes, timeoutMs }))
    // Fastify passes null on as if there were no body, which some operations allow.
    if (body === null) throw new RequestInvalidError([{ path: 'body', message: 'must not be null' }])
    return body
  })
}
