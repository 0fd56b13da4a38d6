import { resultColumns } from '@sluice/contracts'
import type { TaskResult } from '@sluice/engine'

/** The first row of results as CSV. */
export const RESULT_HEADER = csvRow(Object.keys(resultColumns))

/** The recorded result of a task as a row of CSV. */
export function taskResultRow(result: TaskResult): string {
  const { seq, key, state, attempts, finishedAt, durationMs, resultText, error } = result
  return csvRow([
    seq,
    key,
    state,
    attempts,
    finishedAt?.toISOString() ?? null,
    durationMs,
    resultText,
    error?.failureClass,
    error?.status,
    error && withoutFormula(error.message),
  ])
}

/**
 * Spreadsheets run fields that begin like this. An upstream writes the message, and people read it. All other fields are
 * exact, since programs read those: JSON never begins like a formula, and clients choose keys themselves.
 */
function withoutFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

function csvRow(values: readonly (string | number | null | undefined)[]): string {
  return `${values.map(csvField).join(',')}\r\n`
}

function csvField(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
