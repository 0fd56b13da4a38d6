import { canRun, offersFor, type CountedOffer } from './offer.ts'
import type { TaskCounts } from './task-counts.ts'
import type { UpstreamWait } from './upstream-wait.ts'

/** What the tasks of an active batch wait for. */
export type Waiting =
  /** Its `startAt` has not come. */
  | { kind: 'start_at'; until: Date }
  /** Its queue is paused. */
  | { kind: 'queue_paused' }
  /** No worker that is alive serves its queue. */
  | { kind: 'no_worker' }
  /** No worker that serves its queue handles all types of its tasks. `types`: those that are missing. */
  | { kind: 'no_handler'; types: string[] }
  /** The limit of its queue has no room. */
  | { kind: 'limit' }
  /** The upstream refuses calls. `until`: no task starts before; null: one task at a time probes. */
  | { kind: 'upstream_pause'; until: Date | null }
  /** All its tasks are delayed. `until`: when the first one is due. */
  | { kind: 'backoff'; until: Date | null }
  /** None of the others applies, but no task runs: its tickets wait for slots. */
  | { kind: 'slot' }
  /** All its tasks have ended, and it may get more: it is not sealed. */
  | { kind: 'seal' }

/** What decides for what a batch waits. */
export interface WaitingFacts {
  queue: string
  sealed: boolean
  counts: TaskCounts
  /** The types of its tasks. */
  types: readonly string[]
  offers: readonly CountedOffer[]
  /** The time before which no task starts. Null: it has passed, or there is none. */
  startAt: Date | null
  isQueuePaused: boolean
  isLimited: boolean
  upstreamWait: UpstreamWait | null
  pausedUntil: Date | null
  nextDueAt: Date | null
}

/** Returns what the tasks of an active batch wait for: an empty list if they start as fast as they may. */
export function waitingFor(facts: WaitingFacts): Waiting[] {
  const { sealed, counts } = facts
  const waiting = counts.pending + counts.delayed
  if (waiting + counts.running === 0) return sealed ? [] : [{ kind: 'seal' }]
  if (waiting === 0) return []
  if (facts.startAt !== null) return [{ kind: 'start_at', until: facts.startAt }, ...queueReasons(facts)]
  const found = [...queueReasons(facts), ...upstreamReasons(facts), ...backoff(facts)]
  return found.length === 0 && counts.running === 0 ? [{ kind: 'slot' }] : found
}

function queueReasons({ queue, types, offers, isQueuePaused }: WaitingFacts): Waiting[] {
  const serving = offersFor(queue, offers)
  const reasons: Waiting[] = isQueuePaused ? [{ kind: 'queue_paused' }] : []
  if (serving.length === 0) return [...reasons, { kind: 'no_worker' }]
  if (serving.some((offer) => canRun(offer, queue, types))) return reasons
  const missing = types.filter((type) => !serving.some((offer) => offer.types.includes(type)))
  // Each type has a worker, but none has them all.
  return [...reasons, { kind: 'no_handler', types: missing.length > 0 ? missing : [...types] }]
}

function upstreamReasons({ isLimited, upstreamWait, pausedUntil }: WaitingFacts): Waiting[] {
  const reasons: Waiting[] = isLimited ? [{ kind: 'limit' }] : []
  if (upstreamWait === null || upstreamWait.kind === 'paced') return reasons
  return [...reasons, { kind: 'upstream_pause', until: pausedUntil }]
}

function backoff({ counts, nextDueAt }: WaitingFacts): Waiting[] {
  return counts.pending + counts.running === 0 ? [{ kind: 'backoff', until: nextDueAt }] : []
}
