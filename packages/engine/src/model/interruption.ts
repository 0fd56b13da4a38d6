import type { TaskCounts } from './task-counts.ts'

/** Why and when a batch was stopped. */
export interface Interruption {
  /** A reason from `docs/interruption.md`, or the one that the client gave. */
  reason: string
  /** A sentence with the value and the threshold. */
  message: string
  /** The value that met the threshold. Null if a client interrupted the batch. */
  value: number | string | null
  threshold: number | string | null
  at: Date
  /** The batch's tasks by state when it was interrupted. */
  counts: TaskCounts
}

/** The JSON that `lua/lib/interrupt.lua` writes. */
interface Row {
  reason: string
  message: string
  value?: number | string
  threshold?: number | string
  at: number
  counts: TaskCounts
}

/** Decodes a row of the batch's `interruptions` list. */
export function decodeInterruption(text: string): Interruption {
  const { reason, message, value = null, threshold = null, at, counts } = JSON.parse(text) as Row
  return { reason, message, value, threshold, at: new Date(at), counts }
}
