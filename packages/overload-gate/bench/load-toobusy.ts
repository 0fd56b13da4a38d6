import { createRequire } from 'node:module'

/** The part of toobusy-js that is used; it brings no types. */
interface TooBusy {
  (): boolean
  maxLag(ms: number): number
  interval(ms: number): number
}

/** Loads toobusy-js. It starts a timer at that moment, so nobody who is not guarded by it may load it. */
export function loadTooBusy(): TooBusy {
  return createRequire(import.meta.url)('toobusy-js') as TooBusy
}
