import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import type { HttpResponse } from './http-exchange.ts'
import type { ResponseHeaders } from '../failure/retry-after.ts'
import type { Scrub } from './secrets.ts'

/** A body as it is recorded: parsed JSON, text, anything else as base64, or `null` if it is empty. */
export interface HttpContent {
  body: unknown
  /** Set if `body` is encoded. */
  bodyEncoding?: 'base64'
}

const DECOMPRESS = {
  br: promisify(brotliDecompress),
  deflate: promisify(inflate),
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  zstd: promisify(zstdDecompress),
}

/**
 * Decompresses a body. The handler does not ask for compression, but some upstreams compress unasked, and a payload may
 * set `accept-encoding`. Throws the error of zlib, which has the code `ERR_BUFFER_TOO_LARGE` beyond `maxBytes`.
 */
export async function decompressBody({ headers, body }: HttpResponse, maxBytes: number): Promise<Buffer> {
  const encoding = String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase()
  if (body.length === 0 || !Object.hasOwn(DECOMPRESS, encoding)) return body
  return DECOMPRESS[encoding as keyof typeof DECOMPRESS](body, { maxOutputLength: maxBytes })
}

/**
 * Decodes a body by its content type. JSON that cannot be parsed stays text, and text that is invalid in its charset
 * becomes base64, so that nothing is lost. Secrets are removed from the text before it is parsed.
 */
export function decodeBody(bytes: Buffer, headers: ResponseHeaders, scrub?: Scrub): HttpContent {
  if (bytes.length === 0) return { body: null }
  const contentType = String(headers['content-type'] ?? '').toLowerCase()
  const text = isTextual(contentType) ? decodeText(bytes, contentType) : undefined
  if (text === undefined) return { body: encodeBase64(bytes, scrub), bodyEncoding: 'base64' }
  const clean = scrub ? scrub(text) : text
  return { body: isJson(contentType) ? parseJson(clean) : clean }
}

/** Whether a body may be text. A body without a content type may be. */
function isTextual(contentType: string): boolean {
  return (
    contentType === '' ||
    contentType.startsWith('text/') ||
    /^application\/(?:.+\+)?(?:json|xml|javascript|graphql|yaml|x-ndjson|jsonl|json-seq|x-www-form-urlencoded)\b/.test(
      contentType,
    )
  )
}

function isJson(contentType: string): boolean {
  return /^(?:application|text)\/(?:[^;]+\+)?json\s*(?:;|$)/.test(contentType)
}

function decodeText(bytes: Buffer, contentType: string): string | undefined {
  const charset = /charset="?([^";\s]+)/.exec(contentType)?.[1] ?? 'utf-8'
  if (charset === 'utf-8') return isUtf8(bytes) ? withoutByteOrderMark(bytes.toString('utf8')) : undefined
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function encodeBase64(bytes: Buffer, scrub: Scrub | undefined): string {
  if (scrub === undefined) return bytes.toString('base64')
  return Buffer.from(scrub(bytes.toString('latin1')), 'latin1').toString('base64')
}
