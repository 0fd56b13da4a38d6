import { open, rm, type FileHandle } from 'node:fs/promises'
import type { AppendProgress, InvalidTask } from '@sluice/client'
import { NOTHING, readPart } from '../download/part.ts'
import { UsageError } from '../exit-codes.ts'
import { csvRow } from '../output/csv.ts'
import { STDIN } from './read-blocks.ts'
import { readRows, type Row } from './read-rows.ts'
import { type TaskInput, taskOrProblem } from './tasks.ts'

/** A row that is on its way, or that is to be written. */
interface SentRow {
  place: string
  text: string
  /** The line of the task among those that were sent. Undefined: the row was not sent. */
  line?: number
  isRejected: boolean
}

/** How rows that cannot be used are left out. */
export interface RejectedRowsOptions {
  /** Tasks that the batch has already, counted from the first of this input. More than 0: an upload is continued. */
  readHeld: () => Promise<number>
  /** Receives `file:line: message` for each row that is left out now. */
  say: (text: string) => void
}

/**
 * Leaves out the rows that cannot be used, and keeps them in `<file>.rejected`, in their order and as they were written. That
 * file is also the journal of an upload that is continued: the batch has none of its rows, so they are left out again. A row
 * is therefore in the file before a request goes on without it.
 */
export class RejectedRows {
  /** The file with the rows. */
  readonly path: string
  readonly #input: TaskInput
  readonly #options: RejectedRowsOptions
  /** Rows of the request that is being filled, and rows behind them. */
  #sent: SentRow[] = []
  #lines = 0
  #known: AsyncGenerator<string> | undefined
  #nextKnown: string | undefined
  #file: FileHandle | undefined
  #unwritten = ''
  #count = 0

  constructor(input: TaskInput, options: RejectedRowsOptions) {
    this.path = `${input.file === STDIN ? 'stdin' : input.file}.rejected`
    this.#input = input
    this.#options = options
  }

  /** Rows that were left out, by this upload and by those that it continues. */
  get count(): number {
    return this.#count
  }

  /** Yields the tasks of the rows that can be used. */
  async *tasks(): AsyncGenerator<string> {
    const held = await this.#options.readHeld()
    const isContinued = await this.#open(held > 0)
    // With them, the rows can be corrected and submitted as a file of their own.
    const onColumns = (names: readonly string[]) => void (isContinued || (this.#unwritten = csvRow(names)))
    try {
      for await (const row of readRows(this.#input.file, this.#input.format, { keepsText: true, onColumns })) {
        const text = textOf(row)
        if (await this.#isKnown(text)) continue
        const task = await this.#take(row, text, held)
        if (task !== undefined) yield task
      }
      if (this.#nextKnown !== undefined) throw this.#foreign()
    } finally {
      await this.#known?.return(undefined)
    }
  }

  /** Keeps tasks that the API refused. All rows before them are accepted by now, or rejected. */
  async reject(invalid: readonly InvalidTask[]): Promise<void> {
    if (this.#nextKnown !== undefined) throw this.#foreign()
    for (const { line, message } of invalid) {
      const row = this.#sent.find((one) => one.line === line)
      if (row === undefined) continue
      row.isRejected = true
      this.#report(row.place, message)
    }
    this.#settle(invalid.at(-1)?.line ?? 0)
    await this.#write()
  }

  /** Forgets the rows whose tasks the batch has. */
  async progress({ lines }: Pick<AppendProgress, 'lines'>): Promise<void> {
    this.#settle(lines)
    await this.#write()
  }

  /** Writes what is left after the last request. A file without rows is removed, unless nothing was read. */
  async finish(): Promise<void> {
    if (this.#file === undefined) return
    this.#settle(this.#lines)
    await this.#write()
    if (this.#count === 0) await rm(this.path, { force: true })
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  /** Returns whether rows of an earlier upload are there. */
  async #open(isContinued: boolean): Promise<boolean> {
    const part = isContinued ? await readPart(this.path, this.#input.format === 'csv') : NOTHING
    this.#file = await open(this.path, part.bytes > 0 ? 'a' : 'w')
    await this.#file.truncate(part.bytes)
    if (part.bytes === 0) return false
    this.#known = textsOf(this.path, this.#input.format)
    await this.#readKnown()
    return true
  }

  async #readKnown(): Promise<void> {
    const { value, done } = await (this.#known?.next() ?? { value: undefined, done: true as const })
    this.#nextKnown = done ? undefined : value
  }

  async #isKnown(text: string): Promise<boolean> {
    if (this.#nextKnown === undefined || this.#nextKnown !== text) return false
    this.#count += 1
    await this.#readKnown()
    return true
  }

  /** The task of a row. Undefined: the row is left out. */
  async #take(row: Row, text: string, held: number): Promise<string | undefined> {
    const { task, problem } = taskOrProblem(this.#input, row)
    if (problem === undefined) {
      this.#lines += 1
      if (this.#lines > held) this.#sent.push({ place: row.place, text, line: this.#lines, isRejected: false })
      return task
    }
    if (this.#nextKnown !== undefined) throw this.#foreign()
    this.#report(row.place, problem)
    this.#sent.push({ place: row.place, text, isRejected: true })
    // Nothing before it is undecided.
    if (this.#sent.length > 1) return undefined
    this.#settle(this.#lines)
    if (this.#unwritten.length > WRITE_LENGTH) await this.#write()
    return undefined
  }

  #report(place: string, problem: string): void {
    this.#count += 1
    this.#options.say(`${this.#input.file}:${place}: ${problem}`)
  }

  /** Decides the rows up to a line that was sent, and the rejected ones that follow them. */
  #settle(line: number): void {
    const undecided = this.#sent.findIndex((row) => row.line !== undefined && row.line > line)
    const settled = this.#sent.splice(0, undecided === -1 ? this.#sent.length : undecided)
    for (const { isRejected, text } of settled) if (isRejected) this.#unwritten += text
  }

  async #write(): Promise<void> {
    if (this.#unwritten === '') return
    const text = this.#unwritten
    this.#unwritten = ''
    await this.#file?.appendFile(text)
  }

  #foreign(): UsageError {
    return new UsageError(
      `${this.path} has rows that ${this.#input.file} does not have in this place, so it is not of this upload. ` +
        'Continue with the file that the upload began with.',
    )
  }
}

/** Characters that are kept before they are written. */
const WRITE_LENGTH = 65_536

/** The row as it was written, with one line break. */
function textOf({ text, value }: Row): string {
  const written = text ?? JSON.stringify(value)
  return `${written.replaceAll(/^[\r\n]+|[\r\n]+$/g, '')}\n`
}

async function* textsOf(path: string, format: TaskInput['format']): AsyncGenerator<string> {
  // Elements of an array are kept as lines.
  for await (const row of readRows(path, format === 'csv' ? 'csv' : 'ndjson', { keepsText: true })) yield textOf(row)
}
