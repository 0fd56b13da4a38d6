import type { TaskCounts } from './task-counts.ts'

/** Why and when a batch was stopped. */
export interface Interruption {
  /** One of the reasons in `docs/interruption.md`, or what the client gave. */
  reason: string
  /** A sentence with the value and the threshold. */
  message: string
  /** What was compared with the threshold; null when a person stopped the batch. */
  value: number | string | null
  threshold: number | string | null
  at: Date
  /** The batch's tasks by state at that moment. */
  counts: TaskCounts
}

/** As `lua/lib/interrupt.lua` writes it. */
interface Row {
  reason: string
  message: string
  value?: number | string
  threshold?: number | string
  at: number
  counts: TaskCounts
}

export function decodeInterruption(text: string): Interruption {
  const { reason, message, value = null, threshold = null, at, counts } = JSON.parse(text) as Row
  return { reason, message, value, threshold, at: new Date(at), counts }
}
