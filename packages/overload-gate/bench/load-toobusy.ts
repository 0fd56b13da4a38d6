import { createRequire } from 'node:module'
import type { Variant } from './variants.ts'

/** The part of toobusy-js that the benchmark uses. The package has no types. */
interface TooBusy {
  (): boolean
  maxLag(ms: number): number
  interval(ms: number): number
}

/** Loads toobusy-js with its settings. Loading it starts a timer, so only a server that it guards may call this function. */
export function loadTooBusy({ maxLagMs, intervalMs }: Variant & { kind: 'toobusy' }): () => boolean {
  const isTooBusy = createRequire(import.meta.url)('toobusy-js') as TooBusy
  isTooBusy.maxLag(maxLagMs)
  isTooBusy.interval(intervalMs)
  return isTooBusy
}
