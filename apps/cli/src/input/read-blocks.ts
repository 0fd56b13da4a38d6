import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UsageError } from '../exit-codes.ts'

/** `-` is stdin. */
export const STDIN = '-'

/** Whole lines of a file, as bytes. They are valid until the next block is asked for. */
export interface LineBlock {
  /** Each line ends in a line break, also the last one of the file. */
  bytes: Buffer
  /** The number of the first line. */
  line: number
}

/** Bytes read at once: the rows of a piece are in memory together. */
const READ_BYTES = 16_384

/** No API accepts a longer line as a task. Without a bound, a file without line breaks would be read as a whole. */
const MAX_LINE_BYTES = 16_777_216

const NEWLINE = 0x0a

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

/**
 * Reads a file in blocks of whole lines, in the same memory: a million lines must not become a million strings. A file that
 * ends in `.gz` is decompressed, and a byte order mark is skipped. Throws a `UsageError` for a file that is missing, binary,
 * or not UTF-8.
 */
export async function* readBlocks(file: string, maxLineBytes = MAX_LINE_BYTES): AsyncGenerator<LineBlock> {
  const buffer = new LineBuffer()
  let line = 1
  try {
    for await (const bytes of readPieces(file)) {
      buffer.add(bytes)
      if (buffer.length > maxLineBytes && !buffer.hasLines)
        throw new UsageError(`${file}:${line}: the line is longer than ${maxLineBytes} bytes.`)
      const block = buffer.takeLines()
      if (block.length === 0) continue
      yield checked(file, { bytes: withoutMark(block, line), line })
      line += countLines(block)
    }
    const rest = buffer.takeRest()
    if (rest.length > 0) yield checked(file, { bytes: withoutMark(rest, line), line })
  } catch (error) {
    throw explain(error, file)
  }
}

/** Reads a file as text, in pieces that end with a line. */
export async function* readText(file: string, maxLineBytes?: number): AsyncGenerator<string> {
  for await (const { bytes } of readBlocks(file, maxLineBytes)) yield bytes.toString('utf8')
}

/** Bytes that have arrived. Lines that were taken make room for the next ones when those are added. */
class LineBuffer {
  #bytes: Buffer = Buffer.allocUnsafeSlow(READ_BYTES * 2)
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  get hasLines(): boolean {
    return this.#bytes.subarray(this.#start, this.#end).includes(NEWLINE)
  }

  add(bytes: Uint8Array): void {
    const target = this.length + bytes.length > this.#bytes.length ? this.#larger(bytes.length) : this.#bytes
    this.#bytes.copy(target, 0, this.#start, this.#end)
    this.#end = this.length
    this.#start = 0
    target.set(bytes, this.#end)
    this.#bytes = target
    this.#end += bytes.length
  }

  takeLines(): Buffer {
    return this.#take(this.#bytes.subarray(this.#start, this.#end).lastIndexOf(NEWLINE) + 1)
  }

  /** The last line, with the line break that it lacks. */
  takeRest(): Buffer {
    const rest = this.#take(this.length)
    return rest.length === 0 ? rest : Buffer.concat([rest, Buffer.of(NEWLINE)])
  }

  #take(length: number): Buffer {
    this.#start += length
    return this.#bytes.subarray(this.#start - length, this.#start)
  }

  #larger(more: number): Buffer {
    return Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.length + more))
  }
}

/** Ends a read from a terminal or a pipe when the signal is aborted. Nothing else does. */
export function endStdinWith(signal: AbortSignal): void {
  signal.addEventListener('abort', () => process.stdin.destroy(signal.reason as Error))
}

async function* readPieces(file: string): AsyncGenerator<Uint8Array> {
  if (file.endsWith('.gz')) return yield* Readable.from(readBytes(file)).pipe(createGunzip())
  yield* file === STDIN ? (process.stdin as AsyncIterable<Buffer>) : readBytes(file)
}

/** Reads into the same memory again and again, unlike a stream. */
async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  const isGzip = path.endsWith('.gz')
  const file = await open(path)
  try {
    const bytes = Buffer.allocUnsafeSlow(READ_BYTES)
    for (;;) {
      const { bytesRead } = await file.read(bytes)
      if (bytesRead === 0) return
      // A decompressor keeps what it has not read yet.
      yield isGzip ? Buffer.from(bytes.subarray(0, bytesRead)) : bytes.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

function withoutMark(bytes: Buffer, line: number): Buffer {
  const hasMark = line === 1 && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
  return hasMark ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
}

function checked(file: string, block: LineBlock): LineBlock {
  const { bytes, line } = block
  const zero = bytes.indexOf(0)
  if (zero !== -1) {
    const at = line + countLines(bytes.subarray(0, zero))
    throw new UsageError(`${file} is not a text file: it has a byte 0 in line ${at}.`)
  }
  if (!isUtf8(bytes)) throw new UsageError(`${file}:${placeOfDamage(block)}: ${NOT_UTF8}`)
  return block
}

const NOT_UTF8 = 'the text is not UTF-8. Convert the file, for example with iconv.'

/** The line and the column of the first character that is not UTF-8. */
function placeOfDamage({ bytes, line }: LineBlock): string {
  const text = new TextDecoder().decode(bytes)
  const at = text.indexOf('\ufffd')
  const before = text.slice(0, at)
  return `${line + before.split('\n').length - 1}:${at - before.lastIndexOf('\n')}`
}

/** Number of line breaks. */
function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1
  return lines
}

function explain(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new UsageError(`There is no file ${file}.`)
  if (code === 'EISDIR' || code === 'EACCES') return new UsageError(`${file} cannot be read (${code}).`)
  return code?.startsWith('Z_') ? new UsageError(`${file} is not a gzip file, or is damaged (${code}).`) : error
}
