import { gunzipSync, zstdDecompressSync } from 'node:zlib'

/** One answer as it came over a connection. */
export interface Answer {
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** An answer at the beginning of some bytes, and how many of them it takes. Undefined: it has not ended yet. */
export type Parsed = { answer: Answer; length: number } | undefined

const HEAD_END = Buffer.from('\r\n\r\n')
const LINE_END = Buffer.from('\r\n')

/** Bytes that are not an answer of HTTP/1.1. */
class NotAnAnswerError extends Error {
  override readonly name = 'NotAnAnswerError'
}

/**
 * Reads the first final answer in the bytes that a server has sent. Interim answers (1xx) before it are skipped.
 *
 * @param isHead Whether the answer has no body, although its headers describe one.
 * @param isClosed Whether the connection has ended, which ends an answer of no stated length.
 */
export function parseAnswer(bytes: Buffer, isHead: boolean, isClosed: boolean): Parsed {
  const headLength = bytes.indexOf(HEAD_END)
  if (headLength === -1) return undefined
  const { status, headers } = parseHead(bytes.toString('latin1', 0, headLength))
  const start = headLength + HEAD_END.length
  if (status < 200) {
    const next = parseAnswer(bytes.subarray(start), isHead, isClosed)
    return next && { answer: next.answer, length: next.length + start }
  }
  const rest = bytes.subarray(start)
  const found = findBody(rest, isHead || status === 204 || status === 304, headers, isClosed)
  return found && { answer: { status, headers, body: decompress(found.body, headers) }, length: start + found.length }
}

function decompress(body: Buffer, headers: Record<string, string>): Buffer {
  if (body.length === 0) return body
  if (headers['content-encoding'] === 'gzip') return gunzipSync(body)
  return headers['content-encoding'] === 'zstd' ? zstdDecompressSync(body) : body
}

function parseHead(text: string): { status: number; headers: Record<string, string> } {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.1 (\d{3})( |$)/.exec(statusLine)?.[1]
  if (status === undefined) throw new NotAnAnswerError(`"${statusLine.slice(0, 100)}" is not a status line`)
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { status: Number(status), headers }
}

function findBody(bytes: Buffer, isEmpty: boolean, headers: Record<string, string>, isClosed: boolean) {
  if (isEmpty) return { body: Buffer.alloc(0), length: 0 }
  if (headers['transfer-encoding'] === 'chunked')
    return (headers['content-type'] ?? '').startsWith('text/event-stream') ? findEvent(bytes) : findChunks(bytes)
  const length = headers['content-length']
  if (length === undefined) return isClosed ? { body: bytes, length: bytes.length } : undefined
  return bytes.length < Number(length) ? undefined : { body: bytes.subarray(0, Number(length)), length: Number(length) }
}

function findChunks(bytes: Buffer) {
  const pieces: Buffer[] = []
  for (let at = 0; ;) {
    const chunk = readChunk(bytes, at)
    if (chunk === undefined) return undefined
    if (chunk.data.length === 0) return { body: Buffer.concat(pieces), length: chunk.end }
    pieces.push(chunk.data)
    at = chunk.end
  }
}

function readChunk(bytes: Buffer, at: number): { data: Buffer; end: number } | undefined {
  const lineEnd = bytes.indexOf(LINE_END, at)
  if (lineEnd === -1) return undefined
  const size = bytes.toString('latin1', at, lineEnd)
  if (!/^[0-9a-fA-F]+$/.test(size)) throw new NotAnAnswerError(`"${size.slice(0, 100)}" is not the size of a chunk`)
  const start = lineEnd + LINE_END.length
  const end = start + Number.parseInt(size, 16) + LINE_END.length
  return bytes.length < end ? undefined : { data: bytes.subarray(start, end - LINE_END.length), end }
}

/** Event streams do not end by themselves: the first event is answer enough. A stream may be cut short before it. */
function findEvent(bytes: Buffer) {
  const pieces: Buffer[] = []
  for (let at = 0; ;) {
    const chunk = readChunk(bytes, at)
    if (chunk === undefined) return undefined
    pieces.push(chunk.data)
    const body = Buffer.concat(pieces)
    if (chunk.data.length === 0 || /(^|\n)data: [^\r\n]*\n\n/.test(body.toString()))
      return { body, length: bytes.length }
    at = chunk.end
  }
}
