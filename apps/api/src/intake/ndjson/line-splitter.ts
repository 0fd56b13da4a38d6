import { isUtf8 } from 'node:buffer'

/** A line that cannot be read as text, and why. */
export interface UnreadableLine {
  problem: string
}

/** A line of an upload. */
export type Line = string | UnreadableLine

const NEWLINE = 10

/** Number of pieces at which an unfinished line is joined: a piece may be a single byte. */
const MAX_PIECES = 256

/**
 * Cuts a stream of bytes into lines, wherever the network has cut it. Keeps only the beginning of one line: a line that
 * grows beyond `maxLineBytes` becomes unreadable at once, and nothing after it is read.
 */
export class LineSplitter {
  readonly #maxLineBytes: number
  #rest: Buffer[] = []
  #restBytes = 0
  #isOverlong = false

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  /** Bytes of the unfinished line that are kept. */
  get restBytes(): number {
    return this.#restBytes
  }

  /** Returns the lines that these bytes complete. */
  push(bytes: Buffer): Line[] {
    if (this.#isOverlong) return []
    const end = bytes.lastIndexOf(NEWLINE)
    if (end === -1) return this.#keep(bytes)

    const whole = this.#takeRest(bytes.subarray(0, end))
    return [...decodeLines(whole), ...this.#keep(bytes.subarray(end + 1))]
  }

  /** Returns the last line, if it did not end in a newline. */
  end(): Line[] {
    if (this.#isOverlong || this.#restBytes === 0) return []
    return decodeLines(this.#takeRest(Buffer.alloc(0)))
  }

  #keep(bytes: Buffer): Line[] {
    if (bytes.length === 0) return []
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
    if (this.#rest.length > MAX_PIECES) this.#rest = [Buffer.concat(this.#rest)]
    // One more for the carriage return, which does not count.
    if (this.#restBytes <= this.#maxLineBytes + 1) return []
    this.#isOverlong = true
    this.#takeRest(Buffer.alloc(0))
    return [{ problem: `is longer than ${this.#maxLineBytes} bytes` }]
  }

  #takeRest(bytes: Buffer): Buffer {
    const whole = this.#rest.length === 0 ? bytes : Buffer.concat([...this.#rest, bytes])
    this.#rest = []
    this.#restBytes = 0
    return whole
  }
}

function decodeLines(bytes: Buffer): Line[] {
  if (isUtf8(bytes)) return bytes.toString('utf8').split('\n')
  return splitBytes(bytes).map((line) => (isUtf8(line) ? line.toString('utf8') : { problem: 'is not UTF-8' }))
}

/** Safe before decoding: in UTF-8, the byte of a newline is never part of another character. */
function splitBytes(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return [...lines, bytes.subarray(start)]
}
