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

/** Whether a body was compressed in a way that can be undone. */
export function isCompressed({ headers, body }: HttpResponse): boolean {
  return headers['content-encoding'] !== undefined && body.length > 0 && Object.hasOwn(DECOMPRESS, encodingOf(headers))
}

function encodingOf(headers: ResponseHeaders): string {
  return String(headers['content-encoding']).trim().toLowerCase()
}

/**
 * Decompresses a body that is compressed. The handler does not ask for compression, but some upstreams compress unasked,
 * and a payload may set `accept-encoding`. Throws the error of zlib, which has the code `ERR_BUFFER_TOO_LARGE` beyond
 * `maxBytes`.
 */
export async function decompressBody({ headers, body }: HttpResponse, maxBytes: number): Promise<Buffer> {
  return DECOMPRESS[encodingOf(headers) as keyof typeof DECOMPRESS](body, { maxOutputLength: maxBytes })
}

/**
 * Decodes a body by its content type. JSON that cannot be parsed stays text, and text that is invalid in its charset
 * becomes base64, so that nothing is lost. Secrets are removed from the text before it is parsed.
 */
export function decodeBody(bytes: Buffer, headers: ResponseHeaders, scrub: Scrub | undefined): HttpContent {
  if (bytes.length === 0) return { body: null }
  const text = readBodyText(bytes, headers, scrub)
  if (text === undefined) return { body: encodeBase64(bytes, scrub), bodyEncoding: 'base64' }
  return { body: contentTypeOf(headers).isJson ? parseJson(text) : text }
}

/** The text of a body without the secrets, or undefined if the body is not text or invalid in its charset. */
export function readBodyText(bytes: Buffer, headers: ResponseHeaders, scrub: Scrub | undefined): string | undefined {
  const { isText, charset } = contentTypeOf(headers)
  const text = isText ? decodeText(bytes, charset) : undefined
  return text === undefined || scrub === undefined ? text : scrub(text)
}

/** What a content type says about a body. */
interface ContentType {
  /** Whether the body may be text. A body without a content type may be. */
  isText: boolean
  isJson: boolean
  charset: string
}

const TEXTUAL =
  /^(?:$|text\/|application\/(?:.+\+)?(?:json|xml|javascript|graphql|yaml|x-ndjson|jsonl|json-seq|x-www-form-urlencoded)\b)/
const JSON_TYPE = /^(?:application|text)\/(?:[^;]+\+)?json\s*(?:;|$)/
const CHARSET = /charset="?([^";\s]+)/

/** An upstream sends few content types. Parsing one takes 0.5 µs. */
const MAX_KNOWN = 100
const MAX_KNOWN_LENGTH = 100
const known = new Map<string, ContentType>()

function contentTypeOf(headers: ResponseHeaders): ContentType {
  const text = String(headers['content-type'] ?? '')
  const parsed = known.get(text)
  if (parsed !== undefined) return parsed
  const type = text.toLowerCase()
  const charset = CHARSET.exec(type)?.[1] ?? 'utf-8'
  const contentType = { isText: TEXTUAL.test(type), isJson: JSON_TYPE.test(type), charset }
  if (known.size >= MAX_KNOWN) known.clear()
  if (text.length <= MAX_KNOWN_LENGTH) known.set(text, contentType)
  return contentType
}

function decodeText(bytes: Buffer, charset: string): string | undefined {
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
