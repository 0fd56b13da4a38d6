import type { Detection, DetectionResult, DetectionState } from '@sluice/client'
import { windowText } from '../../format/durations.ts'
import { count, rate } from '../../format/numbers.ts'
import type { Tone } from '../../format/tones.ts'

/** What a detection may spend unless it says so itself. */
export const DEFAULT_BUDGETS = { requests: 4000, rejections: 200, seconds: 1800, maxConcurrency: 32 } as const

const TONES = {
  pending: 'waiting',
  running: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<DetectionState, Tone>

/** The colour of a detection's state. */
export function toneOfDetection(state: DetectionState): Tone {
  return TONES[state]
}

/** Whether a detection goes on. */
export function isOpen({ state }: Detection): boolean {
  return state === 'pending' || state === 'running'
}

/** The rate that was found, in words. */
export function rateText({ rate: { limit, atLeastPerSecond } }: DetectionResult): string {
  if (limit === null) return `none found: ${rate(atLeastPerSecond)} passed`
  return `${count(limit.max)} per ${windowText(limit.perMs)}`
}

/** The concurrency that was found, in words. */
export function concurrencyText({ concurrency: { limit, atLeast } }: DetectionResult): string {
  return limit === null ? `none found: ${count(atLeast)} at once passed` : `${count(limit)} at once`
}
