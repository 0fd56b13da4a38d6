import type { Batch, Limit, Queue, System } from '@sluice/client'
import { adviceOnSystem } from '../../format/advice.ts'
import { countOf } from '../../format/numbers.ts'
import type { Tone } from '../../format/tones.ts'

/** Something that a person should look at. */
export interface Need {
  id: string
  tone: Tone
  title: string
  detail: string
  /** The page about it. */
  href?: string
  /** When it ends by itself, if it does. */
  until?: string | undefined
}

/** Batches that stopped themselves or were stopped. */
export function needsOfBatches(batches: readonly Batch[]): Need[] {
  return batches.map(({ id, code, lastInterruption, counts }) => ({
    id: `batch ${id}`,
    tone: 'interrupted',
    title: `${code} is interrupted`,
    detail: `${lastInterruption?.message ?? ''} ${countOf(counts.pending + counts.delayed, 'waiting task')}.`,
    href: `batches/${id}`,
  }))
}

/** Limits that their upstream has paused. */
export function needsOfLimits(limits: readonly Limit[]): Need[] {
  return limits
    .filter(({ pausedUntil }) => pausedUntil !== null)
    .map(({ name, pausedUntil, probing }) => ({
      id: `limit ${name}`,
      tone: 'delayed',
      title: `The limit ${name} is paused`,
      detail: probing
        ? 'One call finds out whether the upstream accepts calls again.'
        : 'The upstream asked for a pause.',
      href: `limits/${encodeURIComponent(name)}`,
      until: pausedUntil ?? undefined,
    }))
}

/** Queues whose batches wait for a worker, or for someone who resumes the queue. */
export function needsOfQueues(queues: readonly Queue[]): Need[] {
  return queues
    .filter(({ activeBatches, workers, paused }) => activeBatches > 0 && (workers === 0 || paused))
    .map(({ name, activeBatches, paused }) => ({
      id: `queue ${name}`,
      tone: paused ? 'delayed' : 'failed',
      title: paused ? `The queue ${name} is paused` : `No worker serves the queue ${name}`,
      detail: `${countOf(activeBatches, 'batch', 'batches')} ${activeBatches === 1 ? 'uses' : 'use'} it.`,
      href: `queues/${encodeURIComponent(name)}`,
    }))
}

/** Redis, the reconciler and the API process that answers. */
export function needsOfSystem(system: System): Need[] {
  return adviceOnSystem(system).map(({ title, text }) => ({
    id: `system ${title}`,
    tone: 'failed',
    title,
    detail: text,
    href: 'system',
  }))
}
