import { pipeline, Readable, type Transform } from 'node:stream'
import { promisify } from 'node:util'
import {
  constants,
  createGzip,
  createZstdCompress,
  gzip,
  type ZlibOptions,
  zstdCompress,
  type ZstdOptions,
} from 'node:zlib'
import { mediaTypes } from '@sluice/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AnswerCoding, chooseCoding } from './choose-coding.ts'

/** Shorter answers gain nothing. */
const MIN_LENGTH = 4096

/** Events are left out: each must arrive at once, and compressing one by one gains little. */
const TYPES: ReadonlySet<string> = new Set([mediaTypes.json, mediaTypes.ndjson, mediaTypes.csv, mediaTypes.text])

/** The fastest level: higher ones were measured to save 4% more on results, for twice the time. */
const GZIP: ZlibOptions = { level: 1 }
const ZSTD: ZstdOptions = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 19 },
}

const compressText: Record<AnswerCoding, (text: string) => Promise<Buffer>> = {
  gzip: (text) => promisify(gzip)(text, GZIP),
  zstd: (text) => promisify(zstdCompress)(text, ZSTD),
}

/** Each piece of a stream is sent when it has been read: a client shows what there is while Redis reads more. */
const compressStream: Record<AnswerCoding, () => Transform> = {
  gzip: () => createGzip({ ...GZIP, flush: constants.Z_SYNC_FLUSH }),
  zstd: () => createZstdCompress({ ...ZSTD, flush: constants.ZSTD_e_flush }),
}

/**
 * Compresses long answers for clients that accept it. Only GET is compressed: the answers of other methods are short, and
 * those that show an API key never are, so that their length tells nothing about it (docs/security.md). The work is done
 * in libuv's threads, not in the event loop.
 */
export function registerCompression(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!isCompressible(request, reply)) return payload
    vary(reply)
    const coding = chooseCoding(request.headers['accept-encoding'])
    if (coding === undefined || request.method === 'HEAD' || !isLong(payload)) return payload
    reply.header('content-encoding', coding)
    if (typeof payload === 'string') return await compressText[coding](payload)
    // An error of either ends the other: the connection then breaks off, as without compression.
    return pipeline(payload, compressStream[coding](), () => {})
  })
}

/** Settings are short, and their ETag names one form of them. HEAD has the headers of GET. */
function isCompressible({ method, routeOptions }: FastifyRequest, reply: FastifyReply): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  if (reply.statusCode !== 200 || routeOptions.config.operation === undefined || reply.hasHeader('etag')) return false
  return isCompressibleType(reply.getHeader('content-type'))
}

function isLong(payload: unknown): payload is string | Readable {
  return typeof payload === 'string' ? payload.length >= MIN_LENGTH : payload instanceof Readable
}

function isCompressibleType(contentType: unknown): boolean {
  return TYPES.has(String(contentType).split(';', 1)[0] ?? '')
}

/** A cache must not hand a compressed answer to a client that does not accept it. */
function vary(reply: FastifyReply): void {
  const others = reply.getHeader('vary')
  reply.header('vary', others === undefined ? 'accept-encoding' : `${String(others)}, accept-encoding`)
}
