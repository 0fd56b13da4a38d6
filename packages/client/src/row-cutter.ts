/** Whole rows, each with its line break. */
export interface RowBlock {
  bytes: Uint8Array
  /** Where the last row begins. */
  lastRow: number
}

const [QUOTE, NEWLINE] = [0x22, 0x0a]

/**
 * Cuts bytes into blocks of whole lines of NDJSON or rows of CSV, wherever they were cut before. In CSV, a line break between
 * quotes belongs to its row. A block is a part of the bytes that were pushed, so it is valid for as long as those are.
 */
export class RowCutter {
  readonly #hasQuotes: boolean
  #rest: Uint8Array[] = []
  #isQuoted = false
  #restBytes = 0

  constructor(format: 'ndjson' | 'csv') {
    this.#hasQuotes = format === 'csv'
  }

  /** Bytes of the row that is not complete yet. */
  get restBytes(): number {
    return this.#restBytes
  }

  /** Returns the rows that these bytes complete, in at most two blocks. */
  push(bytes: Uint8Array): RowBlock[] {
    const { first, last, end } = this.#hasQuotes ? this.#findRows(bytes) : findLines(bytes)
    const blocks: RowBlock[] = []
    let start = 0
    if (end > 0 && this.#restBytes > 0) {
      blocks.push({ bytes: this.#takeRest(bytes.subarray(0, first)), lastRow: 0 })
      start = first
    }
    if (end > start) blocks.push({ bytes: bytes.subarray(start, end), lastRow: last - start })
    // A copy, because the owner of the bytes may use them again.
    if (end < bytes.length) this.#keep(new Uint8Array(bytes.subarray(end)))
    return blocks
  }

  /** Returns what follows the last line break. */
  end(): Uint8Array {
    return this.#takeRest(new Uint8Array(0))
  }

  #keep(bytes: Uint8Array): void {
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
  }

  #takeRest(bytes: Uint8Array): Uint8Array {
    const whole = new Uint8Array(this.#restBytes + bytes.length)
    let at = 0
    for (const piece of [...this.#rest, bytes]) {
      whole.set(piece, at)
      at += piece.length
    }
    this.#rest = []
    this.#restBytes = 0
    return whole
  }

  #findRows(bytes: Uint8Array): Ends {
    const ends = { first: 0, last: 0, end: 0 }
    let isQuoted = this.#isQuoted
    for (let i = 0; i < bytes.length; i += 1) {
      // Quotes within a field are doubled, so an odd number of them means that a field begins or ends.
      if (bytes[i] === QUOTE) isQuoted = !isQuoted
      if (isQuoted || bytes[i] !== NEWLINE) continue
      ends.first ||= i + 1
      ends.last = ends.end
      ends.end = i + 1
    }
    this.#isQuoted = isQuoted
    return ends
  }
}

/** Where the first row ends, and where the last whole row begins and ends. 0: nowhere. */
interface Ends {
  first: number
  last: number
  end: number
}

function findLines(bytes: Uint8Array): Ends {
  const end = bytes.lastIndexOf(NEWLINE) + 1
  if (end === 0) return { first: 0, last: 0, end }
  return { first: bytes.indexOf(NEWLINE) + 1, last: end < 2 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1, end }
}
