/** A request is sent when it has so many bytes. A lost answer costs sending them again. */
const CHUNK_BYTES = 4_000_000

/** Room for the line with which a chunk exceeds that, before it grows. */
const ROOM_BYTES = 300_000

const NEWLINE = 0x0a

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Lines of NDJSON on their way into one request, as bytes: strings would be held several times, and keep the garbage collector
 * busy. The memory is used for one request after the other.
 */
export class TaskChunk {
  #bytes = new Uint8Array(CHUNK_BYTES + ROOM_BYTES)
  #length = 0
  #lines = 0
  #tasks = 0

  get isFull(): boolean {
    return this.#length >= CHUNK_BYTES
  }

  /** Lines, blank ones included. */
  get lines(): number {
    return this.#lines
  }

  /** Lines that are not blank. */
  get tasks(): number {
    return this.#tasks
  }

  /** What to send. It is valid until the chunk changes. */
  get body(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Adds a line without its line break. */
  addText(line: string): void {
    // A UTF-16 unit becomes at most three bytes.
    this.#reserve(line.length * 3 + 1)
    const { written } = encoder.encodeInto(line, this.#bytes.subarray(this.#length))
    const end = this.#length + written
    this.#bytes[end] = NEWLINE
    if (!isBlank(this.#bytes, this.#length, end)) this.#tasks += 1
    this.#lines += 1
    this.#length = end + 1
  }

  /** Adds whole lines from a position on until the chunk is full, and returns the position of the first that it did not add. */
  addLines(bytes: Uint8Array, start: number): number {
    let end = start
    while (end < bytes.length && this.#length + end - start < CHUNK_BYTES) {
      const next = bytes.indexOf(NEWLINE, end) + 1
      if (!isBlank(bytes, end, next)) this.#tasks += 1
      this.#lines += 1
      end = next
    }
    this.#reserve(end - start)
    this.#bytes.set(bytes.subarray(start, end), this.#length)
    this.#length += end - start
    return end
  }

  /** Removes lines, counted from 1 in their order, and returns their text. */
  remove(numbers: readonly number[]): string[] {
    const removed: string[] = []
    let [start, kept] = [0, 0]
    for (let line = 1; start < this.#length; line += 1) {
      const end = this.#bytes.indexOf(NEWLINE, start) + 1
      if (numbers.includes(line)) removed.push(decoder.decode(this.#bytes.subarray(start, end - 1)))
      else {
        this.#bytes.copyWithin(kept, start, end)
        kept += end - start
      }
      start = end
    }
    this.#length = kept
    this.#lines -= removed.length
    this.#tasks -= removed.length
    return removed
  }

  clear(): void {
    this.#length = 0
    this.#lines = 0
    this.#tasks = 0
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + length))
    larger.set(this.body)
    this.#bytes = larger
  }
}

/** Skips tasks in whole lines. Returns how many it has skipped, in how many lines, and where the lines go on. */
export function skipTasks(bytes: Uint8Array, count: number): { tasks: number; lines: number; end: number } {
  const skipped = { tasks: 0, lines: 0, end: 0 }
  while (skipped.tasks < count && skipped.end < bytes.length) {
    const next = bytes.indexOf(NEWLINE, skipped.end) + 1
    if (!isBlank(bytes, skipped.end, next)) skipped.tasks += 1
    skipped.lines += 1
    skipped.end = next
  }
  return skipped
}

const SPACE = 0x20

/** The API does not count blank lines as tasks. */
function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) if ((bytes[i] ?? 0) > SPACE) return false
  return true
}
