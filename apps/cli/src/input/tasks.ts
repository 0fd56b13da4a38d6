import { readFileSync } from 'node:fs'
import type { TaskLine } from '@sluice/client'
import { UsageError } from '../exit-codes.ts'
import { type LineBlock, readBlocks, STDIN } from './read-blocks.ts'
import { type InputFormat, ndjsonRows, readRows, type Row } from './read-rows.ts'
import { requireSize } from './require-size.ts'
import { RowError } from './row-error.ts'
import { bodyTemplate, textTemplate } from './template.ts'

/** How rows become tasks. */
export interface TaskOptions {
  /** A template of URLs: the task is an HTTP call. */
  url?: string | undefined
  method?: string | undefined
  /** `name: value`, with placeholders. */
  header?: readonly string[] | undefined
  /** A template of bodies, or `@file`. */
  body?: string | undefined
  /** The task type, for rows that are payloads of a handler. */
  type?: string | undefined
  /** The column whose value is the key of the task, or a template. */
  key?: string | undefined
}

/** Makes the task of a row. Throws a `RowError` if the row cannot become one. */
export type TaskOf = (row: Row) => TaskLine | string

/** A file, and how its rows become tasks. */
export interface TaskInput {
  /** `-` is stdin. */
  file: string
  format: InputFormat
  taskOf: TaskOf
  /** Whether the file has tasks, a line each, which are sent as they are. */
  isReady: boolean
  /** The size of a task that the API accepts, in bytes of its JSON. Undefined: it is not known. */
  maxTaskBytes?: number | undefined
}

/**
 * With `url`, a row fills the templates of an HTTP call. With `type`, it is the payload. With neither, it is a task as the
 * API takes it, and a line of NDJSON is sent as it is. Throws a `UsageError` for options that do not fit together.
 */
export function taskInput(file: string, format: InputFormat, options: TaskOptions): TaskInput {
  const isReady = options.url === undefined && options.type === undefined && format === 'ndjson'
  return { file, format, taskOf: taskMaker(options, format), isReady }
}

function taskMaker(options: TaskOptions, format: InputFormat): TaskOf {
  const { url, type } = options
  if (url !== undefined && type !== undefined) throw new UsageError('Use either --url, for HTTP calls, or --type.')
  if (url === undefined) requireUrl(options)
  const keyOf = keyTemplate(options.key)
  if (url !== undefined) return callMaker(url, options, keyOf)
  if (type !== undefined) return ({ value }) => ({ ...keyOf(value), type, payload: value })
  if (format === 'csv') throw new UsageError('Rows of CSV are no tasks yet. Add --url with a template, or --type.')
  if (options.key !== undefined) throw new UsageError('--key needs --url or --type: a task has its own key.')
  return ({ value, text }) => {
    if (!isTask(value)) throw new RowError(NO_TASK)
    return text ?? value
  }
}

function requireUrl({ method, header, body }: TaskOptions): void {
  const [given] = Object.entries({ method, header, body }).find(([, value]) => value !== undefined) ?? []
  if (given !== undefined) throw new UsageError(`--${given} needs --url.`)
}

function callMaker(
  url: string,
  { method, header = [], body }: TaskOptions,
  keyOf: ReturnType<typeof keyTemplate>,
): TaskOf {
  const urlOf = textTemplate(url, encodeURIComponent)
  const bodyOf = body === undefined ? undefined : bodyTemplate(readTemplate(body))
  const headers = header.map(headerTemplate)
  return ({ value }) => ({
    ...keyOf(value),
    payload: {
      url: urlOf(value),
      ...(method !== undefined && { method }),
      ...(headers.length > 0 && { headers: Object.fromEntries(headers.map(([name, of]) => [name, of(value)])) }),
      ...(bodyOf !== undefined && { body: bodyOf(value) }),
    },
  })
}

function headerTemplate(text: string): [name: string, of: (row: unknown) => string] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new UsageError(`--header must be "name: value"; it is "${text}".`)
  return [name, textTemplate(value)]
}

function readTemplate(text: string): string {
  if (!text.startsWith('@')) return text
  try {
    return readFileSync(text.slice(1), 'utf8')
  } catch (error) {
    throw new UsageError(`--body ${text}: the file cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}

function keyTemplate(key: string | undefined): (row: unknown) => { key?: string } {
  if (key === undefined) return () => ({})
  const of = textTemplate(key.includes('{{') ? key : `{{${key}}}`)
  return (row) => ({ key: of(row) })
}

const NO_TASK = 'the row is no task, because it has no payload. Add --url with a template, or --type.'

function isTask(value: unknown): value is TaskLine {
  return typeof value === 'object' && value !== null && 'payload' in value
}

/**
 * Reads the tasks of an input as lines of JSON, one at a time. Throws a `UsageError` with the place of a row that cannot be
 * used.
 */
export async function* readTasks(input: TaskInput): AsyncGenerator<string> {
  for await (const row of readRows(input.file, input.format)) {
    const { task, problem } = taskOrProblem(input, row)
    requireUsable({ place: row.place, problem }, input.file)
    if (task !== undefined) yield task
  }
}

/** Makes the task of a row, as a line of JSON, or says why that is not possible. */
export function taskOrProblem(
  { taskOf, maxTaskBytes }: TaskInput,
  row: Row,
): { task: string; problem?: undefined } | { task?: undefined; problem: string } {
  if (row.problem !== undefined) return { problem: row.problem }
  try {
    const task = taskOf(row)
    const text = typeof task === 'string' ? task : JSON.stringify(task)
    requireSize(text, row, maxTaskBytes)
    return { task: text }
  } catch (error) {
    if (error instanceof RowError) return { problem: error.message }
    throw error
  }
}

/** Throws a `UsageError` with the place of a row that cannot be used. */
export function requireUsable({ place, problem }: Pick<Row, 'place' | 'problem'>, file: string): void {
  if (problem !== undefined) throw new UsageError(`${file}:${place}: ${problem}`)
}

/**
 * Reads what is sent for an input. Lines that are tasks already stay bytes, which costs a tenth of the time: a file was
 * checked before, and stdin is checked here.
 */
export async function* readForSending(input: TaskInput): AsyncGenerator<string | Uint8Array> {
  if (!input.isReady) return yield* readTasks(input)
  for await (const block of readBlocks(input.file)) {
    if (input.file === STDIN) checkLines(input, block)
    yield block.bytes
  }
}

/** Reads an input as a whole, and returns the number of its tasks. Throws a `UsageError` for a row that cannot be used. */
export async function checkTasks(input: TaskInput, signal: AbortSignal): Promise<number> {
  let tasks = 0
  if (input.isReady) {
    for await (const block of readBlocks(input.file)) {
      signal.throwIfAborted()
      tasks += checkLines(input, block)
    }
    return tasks
  }
  for await (const _ of readTasks(input)) {
    signal.throwIfAborted()
    tasks += 1
  }
  return tasks
}

function checkLines(input: TaskInput, block: LineBlock): number {
  let tasks = 0
  for (const row of ndjsonRows(block)) {
    requireUsable({ place: row.place, problem: taskOrProblem(input, row).problem }, input.file)
    tasks += 1
  }
  return tasks
}

/** Where the row of a task is in its file. */
export async function findPlace(file: string, format: InputFormat, task: number): Promise<string> {
  let i = 0
  for await (const { place } of readRows(file, format)) {
    if (i === task) return place
    i += 1
  }
  return '?'
}
