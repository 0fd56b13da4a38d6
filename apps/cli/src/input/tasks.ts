import { readFileSync } from 'node:fs'
import type { TaskLine } from '@sluice/client'
import { UsageError } from '../exit-codes.ts'
import { type InputFormat, readRows, type Row } from './read-rows.ts'
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

/** Makes the task of a row. */
export type TaskOf = (row: Row, where: string) => TaskLine | string

/**
 * With `url`, a row fills the templates of an HTTP call. With `type`, it is the payload. With neither, it is a task as the
 * API takes it, and a line of NDJSON is sent as it is. Throws a `UsageError` for options that do not fit together.
 */
export function taskMaker(options: TaskOptions, format: InputFormat): TaskOf {
  const { url, type } = options
  if (url !== undefined && type !== undefined) throw new UsageError('Use either --url, for HTTP calls, or --type.')
  if (url === undefined) requireUrl(options)
  const keyOf = keyTemplate(options.key)
  if (url !== undefined) return callMaker(url, options, keyOf)
  if (type !== undefined) return ({ value }, where) => ({ ...keyOf(value, where), type, payload: value })
  if (format === 'csv') throw new UsageError('Rows of CSV are no tasks yet. Add --url with a template, or --type.')
  return ({ value, text }, where) => text ?? requireTask(value, where)
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
  return ({ value }, where) => ({
    ...keyOf(value, where),
    payload: {
      url: urlOf(value, where),
      ...(method !== undefined && { method }),
      ...(headers.length > 0 && { headers: Object.fromEntries(headers.map(([name, of]) => [name, of(value, where)])) }),
      ...(bodyOf !== undefined && { body: bodyOf(value, where) }),
    },
  })
}

function headerTemplate(text: string): [name: string, of: (row: unknown, where: string) => string] {
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

function keyTemplate(key: string | undefined): (row: unknown, where: string) => { key?: string } {
  if (key === undefined) return () => ({})
  const of = textTemplate(key.includes('{{') ? key : `{{${key}}}`)
  return (row, where) => ({ key: of(row, where) })
}

function requireTask(value: unknown, where: string): TaskLine {
  if (typeof value === 'object' && value !== null && 'payload' in value) return value
  throw new UsageError(`${where}: the row is no task, because it has no payload. Add --url with a template, or --type.`)
}

/** Reads the tasks of an input, one at a time. */
export async function* readTasks(file: string, format: InputFormat, taskOf: TaskOf): AsyncGenerator<TaskLine | string> {
  for await (const row of readRows(file, format)) yield taskOf(row, `${file}:${row.line}`)
}

/** Where the row of a task is in its file. */
export async function findLine(file: string, format: InputFormat, task: number): Promise<number> {
  let i = 0
  for await (const { line } of readRows(file, format)) {
    if (i === task) return line
    i += 1
  }
  return 0
}
