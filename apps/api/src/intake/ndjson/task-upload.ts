import type { Readable } from 'node:stream'
import type { LineErrorView } from '@sluice/contracts'
import type { BodyShare } from '../body-budget.ts'
import { BodyTooSlowError, TasksInvalidError } from '../intake-errors.ts'
import { findTaskFlaw } from '../task-check.ts'
import { type Line, LineSplitter } from './line-splitter.ts'
import { UploadBody, type UploadCoding } from './upload-body.ts'

/** What an upload may hold. */
export interface TaskUploadLimits {
  /** The type of the batch, which tasks without one have. Undefined: `http`. */
  batchType: string | undefined
  /** How the upload is compressed. Default: not at all. */
  coding?: UploadCoding | undefined
  /** A longer line is refused. */
  maxTaskBytes: number
  /** The most tasks and bytes in one chunk. */
  maxChunkTasks: number
  maxChunkBytes: number
  /** An upload that delivers less than `LEAST_BYTES` in this time is refused, in ms. */
  stallMs: number
  /** What an invalid line means for the lines before it: a sentence of the refusal. */
  consequence: string
}

/** What an upload must deliver within `stallMs`, in bytes. */
const LEAST_BYTES = 1024

/** Invalid lines that one answer lists. */
const MAX_LINE_ERRORS = 10

/**
 * An NDJSON stream of tasks that is being received. While one chunk is appended, it reads and checks the next one, and
 * then stops reading, so that the client waits. Time in which it waits does not count against the client.
 *
 * It reads until the stream ends, breaks or has an invalid line, or until its reader stops asking for chunks. Then it
 * detaches from the stream without destroying it: the answer still has to travel over the same connection.
 */
export class TaskUpload {
  readonly #body: UploadBody
  #source!: Readable
  readonly #limits: TaskUploadLimits
  readonly #splitter: LineSplitter
  readonly #share: BodyShare
  #lineNumber = 0
  #ready: string[] = []
  #readyBytes = 0
  /** Characters of the chunk that was handed over last. */
  #takenBytes = 0
  #stallTimer: NodeJS.Timeout | undefined
  #bytesBefore = 0
  #hasPaused = false
  #end: { error?: unknown } | undefined
  #wake = () => {}

  /** @param share where the upload says how much memory it takes. */
  constructor(source: Readable, limits: TaskUploadLimits, share: BodyShare) {
    this.#body = new UploadBody(source, limits.coding)
    this.#share = share
    this.#limits = limits
    this.#splitter = new LineSplitter(limits.maxTaskBytes)
  }

  /** Bytes received so far, compressed as they came. */
  get bytesRead(): number {
    return this.#body.receivedBytes
  }

  /** The tasks in their order, in chunks. Called once. A chunk has what is ready when it is asked for. */
  async *chunks(): AsyncGenerator<string[]> {
    this.#source = this.#body.open()
    this.#source.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onBreak).on('close', this.#onBreak)
    // A stream that broke before the listeners were attached does not report it again.
    if (this.#source.destroyed) this.#onBreak()
    this.#stallTimer = setInterval(this.#checkProgress, this.#limits.stallMs)
    try {
      while (await this.#hasMore()) yield this.#take()
    } finally {
      this.#detach()
    }
  }

  readonly #onData = (bytes: Buffer) => {
    this.#accept(() => {
      this.#body.count(bytes.length)
      return this.#splitter.push(bytes)
    })
    if (this.#isFull()) this.#pause()
  }

  #pause(): void {
    this.#hasPaused = true
    this.#source.pause()
  }

  readonly #checkProgress = () => {
    const arrivedBytes = this.bytesRead - this.#bytesBefore
    const isStalled = arrivedBytes < LEAST_BYTES && !this.#hasPaused
    this.#bytesBefore = this.bytesRead
    this.#hasPaused = this.#source.isPaused()
    if (isStalled) this.#finish({ error: new BodyTooSlowError(this.#limits.stallMs, arrivedBytes) })
  }

  readonly #onEnd = () => {
    this.#accept(() => this.#splitter.end())
    this.#finish({})
  }

  readonly #onBreak = (error?: unknown) => this.#finish({ error: this.#body.explain(error) })

  #accept(nextLines: () => Line[]): void {
    try {
      const flaws = this.#check(nextLines())
      this.#share.resize(this.#readyBytes + this.#takenBytes + this.#splitter.restBytes + this.#body.memoryBytes)
      if (flaws.length > 0) this.#finish({ error: new TasksInvalidError(flaws, this.#limits.consequence) })
      this.#wake()
    } catch (error) {
      this.#finish({ error })
    }
  }

  /** Adds the valid lines to what is ready, and returns what is wrong with the others. */
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
    const flaw = findTaskFlaw(text, this.#limits.maxTaskBytes, this.#limits.batchType)
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
    this.#takenBytes = chunk.reduce((sum, text) => sum + text.length, 0)
    this.#readyBytes -= this.#takenBytes
    if (!this.#isFull()) this.#source.resume()
    return chunk
  }

  /** At least one: a single task may be longer than a chunk should be. */
  #countThatFits(): number {
    let bytes = 0
    const end = this.#ready.findIndex((text, i) => {
      bytes += text.length
      return i > 0 && (i === this.#limits.maxChunkTasks || bytes > this.#limits.maxChunkBytes)
    })
    return end === -1 ? this.#ready.length : end
  }

  /** The first ending counts. A failure drops what was not handed over: a chunk is kept whole or not at all. */
  #finish(end: { error?: unknown }): void {
    if (this.#end !== undefined) return
    this.#end = end
    if (end.error !== undefined) this.#detach()
    this.#wake()
  }

  #detach(): void {
    clearInterval(this.#stallTimer)
    this.#source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onBreak)
    // The listener for errors stays: without it, a client that disconnects now would be an unhandled error.
    this.#body.close()
  }
}

/** The line without the carriage return of Windows, and without the byte order mark before the first line. */
function withoutMarks(line: string, isFirst: boolean): string {
  const start = isFirst && line.startsWith('\uFEFF') ? 1 : 0
  const end = line.endsWith('\r') ? line.length - 1 : line.length
  return start === 0 && end === line.length ? line : line.slice(start, end)
}
