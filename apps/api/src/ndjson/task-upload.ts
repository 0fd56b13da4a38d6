import type { Readable } from 'node:stream'
import type { LineErrorView } from '@sluice/contracts'
import { TasksInvalidError, UploadAbortedError } from '../errors/api-errors.ts'
import { type Line, LineSplitter } from './line-splitter.ts'
import { findTaskFlaw } from './task-check.ts'

export interface TaskUploadLimits {
  /** A longer line is refused. */
  maxTaskBytes: number
  /** What one chunk may hold. */
  maxChunkTasks: number
  maxChunkBytes: number
}

/** Bad lines that one answer names. */
const MAX_LINE_ERRORS = 10

/**
 * An NDJSON stream of tasks on its way in. While one chunk is being appended it reads and checks the next, and no
 * further: then the client has to wait.
 *
 * It reads until the stream ends, breaks or holds a bad line, or until nobody wants more chunks. Then it lets go of
 * the stream without destroying it: the answer still has to travel over the same connection.
 */
export class TaskUpload {
  /** So far. */
  bytesRead = 0
  readonly #source: Readable
  readonly #limits: TaskUploadLimits
  readonly #splitter: LineSplitter
  #lineNumber = 0
  #ready: string[] = []
  #readyBytes = 0
  #end: { error?: unknown } | undefined
  #wake = () => {}

  constructor(source: Readable, limits: TaskUploadLimits) {
    this.#source = source
    this.#limits = limits
    this.#splitter = new LineSplitter(limits.maxTaskBytes)
  }

  /** The tasks as they came, in chunks: whatever is there when one is asked for. */
  async *chunks(): AsyncGenerator<string[]> {
    this.#source.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onBreak).on('close', this.#onBreak)
    // A stream that broke before anybody listened says so no more.
    if (this.#source.destroyed) this.#onBreak()
    try {
      while (await this.#hasMore()) yield this.#take()
    } finally {
      this.#letGo()
    }
  }

  readonly #onData = (bytes: Buffer) => {
    this.bytesRead += bytes.length
    this.#accept(() => this.#splitter.push(bytes))
    if (this.#isFull()) this.#source.pause()
  }

  readonly #onEnd = () => {
    this.#accept(() => this.#splitter.end())
    this.#finish({})
  }

  readonly #onBreak = () => this.#finish({ error: new UploadAbortedError() })

  #accept(nextLines: () => Line[]): void {
    try {
      const flaws = this.#check(nextLines())
      if (flaws.length > 0) this.#finish({ error: new TasksInvalidError(flaws) })
      this.#wake()
    } catch (error) {
      this.#finish({ error })
    }
  }

  /** Adds the good lines to what is ready, and returns what is wrong with the others. */
  #check(lines: readonly Line[]): LineErrorView[] {
    const flaws: LineErrorView[] = []
    for (const line of lines) {
      this.#lineNumber += 1
      const flaw = this.#checkLine(line)
      if (flaw !== undefined) flaws.push({ line: this.#lineNumber, ...flaw })
      if (flaws.length === MAX_LINE_ERRORS) break
    }
    return flaws
  }

  #checkLine(line: Line): Omit<LineErrorView, 'line'> | undefined {
    if (typeof line !== 'string') return { message: line.problem }
    const text = withoutMarks(line, this.#lineNumber === 1)
    if (text === '' || text.trim() === '') return undefined
    const flaw = findTaskFlaw(text, this.#limits.maxTaskBytes)
    if (flaw !== undefined) return flaw
    this.#ready.push(text)
    this.#readyBytes += text.length
    return undefined
  }

  #isFull(): boolean {
    return this.#ready.length >= this.#limits.maxChunkTasks || this.#readyBytes >= this.#limits.maxChunkBytes
  }

  async #hasMore(): Promise<boolean> {
    while (this.#ready.length === 0 && this.#end === undefined) await this.#nextEvent()
    if (this.#end?.error !== undefined) throw this.#end.error
    return this.#ready.length > 0
  }

  #nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #take(): string[] {
    const chunk = this.#ready.splice(0, this.#countThatFits())
    this.#readyBytes -= chunk.reduce((sum, text) => sum + text.length, 0)
    if (!this.#isFull()) this.#source.resume()
    return chunk
  }

  /** Always at least one: a single task may be longer than a chunk should be. */
  #countThatFits(): number {
    let bytes = 0
    const end = this.#ready.findIndex((text, i) => {
      bytes += text.length
      return i > 0 && (i === this.#limits.maxChunkTasks || bytes > this.#limits.maxChunkBytes)
    })
    return end === -1 ? this.#ready.length : end
  }

  /** The first ending counts. An unhappy one drops what was not handed over: a chunk is kept whole or not at all. */
  #finish(end: { error?: unknown }): void {
    if (this.#end !== undefined) return
    this.#end = end
    if (end.error !== undefined) this.#letGo()
    this.#wake()
  }

  #letGo(): void {
    this.#source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onBreak)
    // The listener for errors stays: nobody else would hear a client that hangs up now.
    if (!this.#source.destroyed) this.#source.pause()
  }
}

/** Without the carriage return of Windows, and the byte order mark that its tools put before the first line. */
function withoutMarks(line: string, isFirst: boolean): string {
  const start = isFirst && line.startsWith('\uFEFF') ? 1 : 0
  const end = line.endsWith('\r') ? line.length - 1 : line.length
  return start === 0 && end === line.length ? line : line.slice(start, end)
}
