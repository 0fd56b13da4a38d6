import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerContext, Handlers } from '@sluice/worker-kit'

/*
 * Handlers for worker processes that are measured. Each start is noted with its time; a task of type `starts` hands over
 * what its process has noted so far, as its result, so that measuring costs the measured tasks nothing.
 */

/** What a measured task does. */
export interface ProbePayload {
  /** How long it takes, in ms. 0: it returns at once. */
  takesMs: number
  /** How it ends: with a result, or with an error that has this `status` (0: a plain error). */
  failsWith?: number
}

/** When a task started: its seq, and ms since the epoch with fractions. */
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

/** Long enough that each of several workers with free slots takes at least one of them. */
const HAND_OVER_MS = 300

async function handOver(payload: unknown): Promise<{ pid: number; starts: Start[] }> {
  await sleep(HAND_OVER_MS)
  const { batchId } = payload as { batchId: string }
  return { pid: process.pid, starts: starts.get(batchId) ?? [] }
}

export default { probe, starts: handOver } satisfies Handlers
