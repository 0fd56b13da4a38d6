import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext, Handlers } from '@sluice/worker-kit'

/*
 * Handlers for the measured worker processes. They record the time of each start in memory. A task of type `starts`
 * returns what its process has recorded so far, so the measured tasks report nothing themselves.
 */

/** What a measured task does. */
export interface ProbePayload {
  /** How long the task takes, in ms. 0: it returns at once. */
  takesMs: number
  /** The `status` of the error with which the task fails (0: an error without a status). Absent: it succeeds. */
  failsWith?: number
}

/** The start of a task: its seq, and the time in ms since the epoch, with fractions. */
export type Start = [seq: number, at: number]

const starts = new Map<string, Start[]>()

function note({ batchId, seq }: HandlerContext): void {
  const noted = starts.get(batchId) ?? []
  starts.set(batchId, noted)
  noted.push([seq, performance.timeOrigin + performance.now()])
}

async function probe(payload: unknown, context: HandlerContext): Promise<null> {
  const { takesMs, failsWith } = payload as ProbePayload
  note(context)
  if (takesMs > 0) await sleep(takesMs, undefined, { signal: context.signal })
  if (failsWith === undefined) return null
  throw Object.assign(new Error(`made to fail with ${failsWith}`), failsWith > 0 && { status: failsWith })
}

/** How long such a task takes, in ms: long enough that every worker with free slots runs at least one. */
const HAND_OVER_MS = 300

async function handOver(payload: unknown): Promise<{ pid: number; starts: Start[] }> {
  await sleep(HAND_OVER_MS)
  const { batchId } = payload as { batchId: string }
  return { pid: process.pid, starts: starts.get(batchId) ?? [] }
}

export default { probe, starts: handOver } satisfies Handlers
