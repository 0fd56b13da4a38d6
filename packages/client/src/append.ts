import type { Caller } from './caller.ts'
import { ApiError } from './errors.ts'
import type { AppendTasksResult, LineError, TaskLine } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import { RowCutter } from './row-cutter.ts'
import { skipTasks, TaskChunk } from './task-chunk.ts'

/** A task as an object, a line of NDJSON that is sent as it is, or bytes of NDJSON that may be cut anywhere. */
type TaskPiece = TaskLine | string | Uint8Array

/**
 * Tasks: objects, or NDJSON that is sent as it is, so that large numbers keep their digits. A string is one line. Bytes are a
 * file, cut anywhere.
 */
export type Tasks = Iterable<TaskPiece> | AsyncIterable<TaskPiece> | ReadableStream<TaskPiece>

/** A task that the API refused. */
export interface InvalidTask extends LineError {
  /** The line as it was sent. */
  text: string
}

/** How far an append has come. */
export interface AppendProgress extends AppendTasksResult {
  /** Lines of those given that are done: their tasks were accepted, skipped or refused. */
  lines: number
}

/** How to append tasks. */
export interface AppendOptions extends RequestOptions {
  /**
   * The seq of the first of the tasks. Tasks that the batch has already are not sent again, but for the last one, which
   * the API compares. So an append that was cut off is completed by repeating it. Default: after the last task.
   */
  offset?: number | undefined
  /** Whether the batch is sealed after the last of the tasks. Default false. */
  seal?: boolean | undefined
  /** Whether the tasks travel compressed (gzip), for slow networks. Default false. */
  compress?: boolean | undefined
  /** Receives the result so far after each request. The append waits for a promise that it returns. */
  onProgress?: ((progress: AppendProgress) => unknown) | undefined
  /**
   * Receives tasks that the API refuses, up to ten at a time, in their order. The append waits for it, and goes on without
   * them. An append that is repeated must leave them out, because the batch does not have them. Default:
   * `SLUICE_TASKS_INVALID` is thrown.
   */
  onInvalid?: ((tasks: InvalidTask[]) => unknown) | undefined
}

/** A slower upload of a chunk counts as no answer, in bytes per ms. */
const SLOWEST_UPLOAD = 20

/** No API accepts a longer line. Without a bound, a file without line breaks would be kept as a whole. */
const MAX_LINE_BYTES = 16_777_216

/**
 * Appends any number of tasks, one request after the other, of which one is in memory. Each request says which seq it
 * begins with, so that repeating it appends nothing twice.
 */
export async function appendTasks(
  caller: Caller,
  id: string,
  tasks: Tasks,
  { offset, seal = false, compress = false, onProgress, onInvalid, ...options }: AppendOptions,
): Promise<AppendTasksResult> {
  const held = await readTotal(caller, id, options)
  const first = offset ?? held
  const skip = Math.max(0, held - first - 1)
  const appending = new Appending(caller, id, { first, skip, seal, compress, options, onProgress, onInvalid })
  for await (const task of asIterable(tasks)) {
    // Waiting for each of a million tasks would take as long as sending them.
    const sending = appending.add(task)
    if (sending !== undefined) await sending
  }
  return await appending.finish()
}

async function readTotal(caller: Caller, id: string, options: RequestOptions): Promise<number> {
  const { counts } = await caller.call('readBatch', { params: { id } }, options)
  return counts.total
}

function asIterable(tasks: Tasks): Iterable<TaskPiece> | AsyncIterable<TaskPiece> {
  return !(tasks instanceof ReadableStream) || Symbol.asyncIterator in tasks ? tasks : readStream(tasks)
}

/** Not all browsers can iterate over a stream. */
async function* readStream(tasks: ReadableStream<TaskPiece>): AsyncGenerator<TaskPiece> {
  const reader = tasks.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}

interface AppendingOptions {
  first: number
  /** Tasks that the batch has, without the last one. */
  skip: number
  seal: boolean
  compress: boolean
  options: RequestOptions
  onProgress: AppendOptions['onProgress']
  onInvalid: AppendOptions['onInvalid']
}

class Appending {
  readonly #caller: Caller
  readonly #id: string
  readonly #settings: AppendingOptions
  readonly #cutter = new RowCutter('ndjson')
  readonly #chunk = new TaskChunk()
  /** Lines of the chunk that the API refused, counted with them, in their order. */
  #removed: number[] = []
  #skipped = 0
  /** Lines before the chunk. */
  #lines = 0
  #offset: number
  #result: AppendTasksResult

  constructor(caller: Caller, id: string, settings: AppendingOptions) {
    this.#caller = caller
    this.#id = id
    this.#settings = settings
    this.#offset = settings.first + settings.skip
    this.#result = { accepted: 0, skipped: 0, total: this.#offset }
  }

  /** Undefined: nothing has to be sent yet. The last chunk is kept, because it may have to seal the batch. */
  add(task: TaskPiece): Promise<void> | undefined {
    if (task instanceof Uint8Array) return this.#addBytes(task)
    const line = lineOf(task)
    if (this.#skipped < this.#settings.skip) return this.#skipLine(line)
    if (this.#chunk.isFull) return this.#send(false).then(() => this.#chunk.addText(line))
    this.#chunk.addText(line)
    return undefined
  }

  async finish(): Promise<AppendTasksResult> {
    await this.#addLines(withLineBreak(this.#cutter.end()))
    if (this.#chunk.tasks > 0) await this.#send(this.#settings.seal)
    else if (this.#settings.seal) await this.#seal()
    return { ...this.#result, skipped: this.#result.skipped + this.#skipped }
  }

  #skipLine(line: string): undefined {
    if (/\S/.test(line)) this.#skipped += 1
    this.#lines += 1
  }

  async #addBytes(bytes: Uint8Array): Promise<void> {
    for (const block of this.#cutter.push(bytes)) await this.#addLines(block.bytes)
    if (this.#cutter.restBytes > MAX_LINE_BYTES)
      throw new TypeError(`Line ${this.#lines + this.#chunk.lines + 1} is longer than ${MAX_LINE_BYTES} bytes.`)
  }

  async #addLines(bytes: Uint8Array): Promise<void> {
    const { tasks, lines, end } = skipTasks(bytes, this.#settings.skip - this.#skipped)
    this.#skipped += tasks
    this.#lines += lines
    for (let at = end; at < bytes.length;) {
      if (this.#chunk.isFull) await this.#send(false)
      at = this.#chunk.addLines(bytes, at)
    }
  }

  async #seal(): Promise<void> {
    await this.#caller.call('sealBatch', { params: { id: this.#id } }, this.#settings.options)
  }

  async #send(seal: boolean): Promise<void> {
    const accepted = await this.#sendValid(seal)
    this.#offset += this.#chunk.tasks
    this.#lines += this.#chunk.lines + this.#removed.length
    this.#removed = []
    this.#chunk.clear()
    this.#result = {
      accepted: this.#result.accepted + accepted.accepted,
      skipped: this.#result.skipped + accepted.skipped,
      total: accepted.total,
    }
    await this.#settings.onProgress?.({ ...this.#result, lines: this.#lines })
  }

  /** Tasks that the API kept before an invalid one are skipped when the others are sent again. */
  async #sendValid(seal: boolean): Promise<AppendTasksResult> {
    let kept = 0
    for (;;) {
      try {
        const result = await this.#request(seal)
        return { ...result, accepted: result.accepted + kept, skipped: result.skipped - kept }
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'SLUICE_TASKS_INVALID') throw error
        const { lines } = error.problem
        const placed = lines.map((line) => ({ ...line, line: this.#lines + this.#originalLine(line.line) }))
        if (this.#settings.onInvalid === undefined) throw withLines(error, placed)
        kept += error.problem.accepted ?? 0
        await this.#remove(lines, placed)
        if (this.#chunk.tasks > 0) continue
        if (seal) await this.#seal()
        return { accepted: kept, skipped: 0, total: this.#offset }
      }
    }
  }

  async #remove(lines: readonly LineError[], placed: readonly LineError[]): Promise<void> {
    const original = lines.map(({ line }) => this.#originalLine(line))
    const texts = this.#chunk.remove(lines.map(({ line }) => line))
    this.#removed = [...this.#removed, ...original].toSorted((a, b) => a - b)
    await this.#settings.onInvalid?.(placed.map((line, i) => ({ ...line, text: texts[i] ?? '' })))
  }

  /** Where a line of the chunk was before others were removed. */
  #originalLine(line: number): number {
    return this.#removed.reduce((place, removed) => (removed <= place ? place + 1 : place), line)
  }

  async #request(seal: boolean): Promise<AppendTasksResult> {
    const { compress, options } = this.#settings
    const { body } = this.#chunk
    const request = {
      operation: 'appendTasks' as const,
      params: { id: this.#id },
      query: { offset: this.#offset, ...(seal && { seal }) },
      ...(compress && { headers: { 'content-encoding': 'gzip' } }),
      body: compress ? await gzip(body) : body,
      contentType: 'application/x-ndjson',
      sendingMs: body.length / SLOWEST_UPLOAD,
    }
    const read = (response: Response) => response.json() as Promise<AppendTasksResult>
    return (await this.#caller.transport.send(request, options, read)).data
  }
}

function withLineBreak(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes
  const line = new Uint8Array(bytes.length + 1)
  line.set(bytes)
  line[bytes.length] = 0x0a
  return line
}

/** Compresses parts of the same memory: a `Blob` would copy it. */
async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  let at = 0
  const parts = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + PART_BYTES))
      at += PART_BYTES
    },
  })
  return new Uint8Array(await new Response(parts.pipeThrough(new CompressionStream('gzip'))).arrayBuffer())
}

const PART_BYTES = 65_536

/** The API counts lines from the beginning of a request, and the caller from the first that it gave. */
function withLines({ operation, status, headers, problem }: ApiError, lines: LineError[]): ApiError {
  return new ApiError(operation, { status, headers, problem: { ...problem, lines } })
}

function lineOf(task: TaskLine | string): string {
  if (typeof task !== 'string') return JSON.stringify(task)
  if (task.includes('\n'))
    throw new TypeError('A task that is a string must be one line of NDJSON, without a line break.')
  return task
}
