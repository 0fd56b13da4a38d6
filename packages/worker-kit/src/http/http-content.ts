import { isUtf8 } from 'node:buffer'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import type { HttpResponse } from './http-exchange.ts'
import type { ResponseHeaders } from '../failure/retry-after.ts'
import type { Scrub } from './secrets.ts'

/** A body as it is recorded: parsed JSON, text, base64 of anything else, or `null` if it was empty. */
export interface HttpContent {
  body: unknown
  /** Given when `body` is not the text itself. */
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
 * Undoes the content encoding of a body. We never ask for one, but some upstreams send it anyway, and a payload's own
 * `accept-encoding` may ask. Throws what zlib throws: with `ERR_BUFFER_TOO_LARGE` for more than `maxBytes`.
 */
export async function decompressBody({ headers, body }: HttpResponse, maxBytes: number): Promise<Buffer> {
  const encoding = String(headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase()
  if (body.length === 0 || !Object.hasOwn(DECOMPRESS, encoding)) return body
  return DECOMPRESS[encoding as keyof typeof DECOMPRESS](body, { maxOutputLength: maxBytes })
}

/**
 * Reads a body by its content type. JSON that does not parse stays text, and text that is not in its charset becomes
 * base64 rather than losing what could not be read. Secrets are taken out of the text before anything else sees it.
 */
export function decodeBody(bytes: Buffer, headers: ResponseHeaders, scrub?: Scrub): HttpContent {
  if (bytes.length === 0) return { body: null }
  const contentType = String(headers['content-type'] ?? '').toLowerCase()
  const text = isTextual(contentType) ? decodeText(bytes, contentType) : undefined
  if (text === undefined) return { body: encodeBase64(bytes, scrub), bodyEncoding: 'base64' }
  const clean = scrub ? scrub(text) : text
  return { body: isJson(contentType) ? parseJson(clean) : clean }
}

/** Without a content type it is worth a try. */
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
