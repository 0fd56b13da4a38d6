import type { Batch } from '@sluice/client'
import { useRef } from 'preact/hooks'

/** A batch at one moment, as its charts show it. */
export interface Sample {
  /** In ms of this browser's clock. */
  at: number
  completed: number
  failed: number
  running: number
  concurrency: number | null
  /** Each criterion's value as a share of its threshold. */
  criteria: Readonly<Record<string, number>>
  /** Durations of attempts so far, in ms. Null: no attempt has ended. */
  p50: number | null
  p90: number | null
}

/** Samples of ten minutes. */
const MAX_SAMPLES = 600

/** What a sample has besides what the batch says. */
export interface SampleContext {
  concurrency: number | null
  p50: number | null
  p90: number | null
}

/** Keeps a sample of each state of a batch that it is called with, oldest first, of the last ten minutes. */
export function useSamples(batch: Batch | undefined, context: SampleContext): readonly Sample[] {
  const held = useRef<{ id: string; last: Batch | undefined; samples: Sample[] }>({
    id: '',
    last: undefined,
    samples: [],
  })
  if (batch === undefined) return []
  if (held.current.id !== batch.id) held.current = { id: batch.id, last: undefined, samples: [] }
  const { current } = held
  if (current.last !== batch) {
    current.last = batch
    current.samples = [...current.samples.slice(1 - MAX_SAMPLES), sampleOf(batch, context)]
  }
  return current.samples
}

function sampleOf({ counts, headroom }: Batch, context: SampleContext): Sample {
  const { completed, failed, running } = counts
  const criteria = Object.fromEntries(
    headroom.map(({ criterion, value, threshold }) => [criterion, threshold === 0 ? 0 : value / threshold]),
  )
  return { at: Date.now(), completed, failed, running, criteria, ...context }
}
