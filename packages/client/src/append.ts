import { ApiError } from './errors.ts'
import type { AppendTasksResult, TaskLine } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import type { Caller } from './caller.ts'

/** Tasks: objects, or lines of NDJSON that are sent as they are, so that large numbers keep their digits. */
export type Tasks = Iterable<TaskLine | string> | AsyncIterable<TaskLine | string> | ReadableStream<TaskLine | string>

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
  /** Receives the result so far after each request. */
  onProgress?: ((progress: AppendTasksResult) => void) | undefined
}

/** Characters in one request. A lost answer costs sending them again. */
const CHUNK_LENGTH = 4_000_000

/** A slower upload of a chunk counts as no answer, in characters per ms. */
const SLOWEST_UPLOAD = 20

/**
 * Appends any number of tasks, one request after the other, of which one is in memory. Each request says which seq it
 * begins with, so that repeating it appends nothing twice.
 */
export async function appendTasks(
  caller: Caller,
  id: string,
  tasks: Tasks,
  { offset, seal = false, compress = false, onProgress, ...options }: AppendOptions,
): Promise<AppendTasksResult> {
  const held = await readTotal(caller, id, options)
  const first = offset ?? held
  const skipped = Math.max(0, held - first - 1)
  const appending = new Appending(caller, id, { first: first + skipped, seal, compress, options, onProgress })
  let seen = 0
  for await (const task of iterate(tasks)) {
    seen += 1
    if (seen <= skipped) continue
    await appending.add(lineOf(task))
  }
  return await appending.finish(Math.min(seen, skipped))
}

async function readTotal(caller: Caller, id: string, options: RequestOptions): Promise<number> {
  const { counts } = await caller.call('readBatch', { params: { id } }, options)
  return counts.total
}

interface AppendingOptions {
  first: number
  seal: boolean
  compress: boolean
  options: RequestOptions
  onProgress: ((progress: AppendTasksResult) => void) | undefined
}

class Appending {
  readonly #caller: Caller
  readonly #id: string
  readonly #settings: AppendingOptions
  #lines: string[] = []
  #length = 0
  #offset: number
  #result: AppendTasksResult

  constructor(caller: Caller, id: string, settings: AppendingOptions) {
    this.#caller = caller
    this.#id = id
    this.#settings = settings
    this.#offset = settings.first
    this.#result = { accepted: 0, skipped: 0, total: settings.first }
  }

  /** The last chunk is kept, because it may have to seal the batch. */
  async add(line: string): Promise<void> {
    if (this.#length > CHUNK_LENGTH) await this.#send(false)
    this.#lines.push(line)
    this.#length += line.length + 1
  }

  async finish(skipped: number): Promise<AppendTasksResult> {
    if (this.#lines.length > 0) await this.#send(this.#settings.seal)
    else if (this.#settings.seal)
      await this.#caller.call('sealBatch', { params: { id: this.#id } }, this.#settings.options)
    return { ...this.#result, skipped: this.#result.skipped + skipped }
  }

  async #send(seal: boolean): Promise<void> {
    const [lines, offset] = [this.#lines, this.#offset]
    const { accepted, skipped, total } = await this.#call(`${lines.join('\n')}\n`, { offset, seal })
    this.#lines = []
    this.#length = 0
    this.#offset += lines.length
    this.#result = {
      accepted: this.#result.accepted + accepted,
      skipped: this.#result.skipped + skipped,
      total,
    }
    this.#settings.onProgress?.(this.#result)
  }

  async #call(body: string, query: { offset: number; seal: boolean }): Promise<AppendTasksResult> {
    const { compress } = this.#settings
    const request = {
      operation: 'appendTasks' as const,
      params: { id: this.#id },
      query: query.seal ? query : { offset: query.offset },
      ...(compress && { headers: { 'content-encoding': 'gzip' } }),
      body: compress ? await gzip(body) : body,
      contentType: 'application/x-ndjson',
      sendingMs: body.length / SLOWEST_UPLOAD,
    }
    try {
      const read = (response: Response) => response.json() as Promise<AppendTasksResult>
      return (await this.#caller.transport.send(request, this.#settings.options, read)).data
    } catch (error) {
      throw error instanceof ApiError ? countFromFirst(error, query.offset - this.#settings.first) : error
    }
  }
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(compressed).arrayBuffer())
}

/** The API counts lines from the beginning of a request, and the caller from the first task. */
function countFromFirst(error: ApiError, before: number): ApiError {
  if (error.code !== 'SLUICE_TASKS_INVALID' || before === 0) return error
  const lines = error.problem.lines.map((line) => ({ ...line, line: line.line + before }))
  const { operation, status, headers, problem } = error
  return new ApiError(operation, { status, headers, problem: { ...problem, lines } })
}

async function* iterate(tasks: Tasks): AsyncGenerator<TaskLine | string> {
  if (!(tasks instanceof ReadableStream) || Symbol.asyncIterator in tasks)
    return yield* tasks as AsyncIterable<TaskLine>
  const reader = (tasks as ReadableStream<TaskLine | string>).getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}

function lineOf(task: TaskLine | string): string {
  if (typeof task !== 'string') return JSON.stringify(task)
  if (task.includes('\n'))
    throw new TypeError('A task that is a string must be one line of NDJSON, without a line break.')
  return task
}
