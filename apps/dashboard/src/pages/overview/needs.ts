import type { Batch, Limit, Queue, System } from '@sluice/client'
import { bytes, countOf, percent } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
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

/** The share of its memory from which on Redis needs a person. */
const FULL = 0.8

/** The reconciler makes a pass every 15 seconds. */
const MAINTENANCE_OVERDUE_MS = 60_000

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

/** Redis, the overload gate and the maintenance. */
export function needsOfSystem({ redis, process, maintenanceAgeMs, workers }: System): Need[] {
  return [
    ...redis.nodes.flatMap(needsOfNode),
    ...(process.gate.state === 'shedding' ? [GATE] : []),
    ...(maintenanceAgeMs !== null && workers > 0 && maintenanceAgeMs > MAINTENANCE_OVERDUE_MS
      ? [overdue(maintenanceAgeMs)]
      : []),
  ]
}

function needsOfNode(node: System['redis']['nodes'][number], index: number): Need[] {
  const { usedBytes, maxBytes, evictionPolicy } = node
  const isFull = maxBytes !== null && usedBytes > FULL * maxBytes
  const evicts = evictionPolicy !== 'noeviction'
  return [
    ...(isFull ? [fullness(index, usedBytes, maxBytes)] : []),
    ...(evicts ? [{ ...EVICTION, id: `eviction ${index}`, detail: `maxmemory-policy is ${evictionPolicy}.` }] : []),
  ]
}

function fullness(index: number, used: number, max: number): Need {
  return {
    id: `memory ${index}`,
    tone: 'failed',
    title: `Redis uses ${percent((used / max) * 100)} of its memory`,
    detail: `${bytes(used)} of ${bytes(max)}. When it is full, batches stop. Delete finished batches, or give it more.`,
    href: 'system',
  }
}

const EVICTION: Need = {
  id: 'eviction',
  tone: 'failed',
  title: 'Redis may delete tasks when its memory is full',
  detail: '',
  href: 'system',
}

const GATE: Need = {
  id: 'gate',
  tone: 'failed',
  title: 'The API refuses requests',
  detail: 'It cannot serve all of them in time. Start another API process.',
  href: 'system',
}

function overdue(ageMs: number): Need {
  return {
    id: 'maintenance',
    tone: 'failed',
    title: 'The maintenance is overdue',
    detail: `Its last pass was ${duration(ageMs)} ago; a worker makes one every 15 seconds.`,
    href: 'system',
  }
}
