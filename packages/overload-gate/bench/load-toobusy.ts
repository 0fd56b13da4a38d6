import { createRequire } from 'node:module'

/** The part of toobusy-js that is used. It has no types of its own. */
interface TooBusy {
  (): boolean
  maxLag(ms: number): number
  interval(ms: number): number
}

/** Loads toobusy-js. Loading starts a timer, so only a server that it guards may call this. */
export function loadTooBusy(): TooBusy {
  return createRequire(import.meta.url)('toobusy-js') as TooBusy
}
