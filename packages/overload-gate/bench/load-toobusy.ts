import { createRequire } from 'node:module'

/** The part of toobusy-js that the benchmark uses. The package has no types. */
interface TooBusy {
  (): boolean
  maxLag(ms: number): number
  interval(ms: number): number
}

/** Loads toobusy-js. Loading it starts a timer, so only a server that it guards may call this function. */
export function loadTooBusy(): TooBusy {
  return createRequire(import.meta.url)('toobusy-js') as TooBusy
}
