import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 collect garbage early. It would take memory from a machine that has it, and let 100 MB of dead rows wait although no
 * row stays. Both flags count from now on, unlike those that set sizes. Uploading a million rows of CSV took 279 MB without
 * them, 149 MB with the first, and 119 MB with both; the second costs 0.6 µs a row (Node 24). A version of V8 that does not
 * know a flag ignores it.
 */
export function keepHeapSmall(): void {
  // The part of the heap for new objects stays as small as it is.
  setFlagsFromString('--semi-space-growth-factor=1')
  // A collection comes when the rest has grown by half since the last one.
  setFlagsFromString('--heap-growing-percent=50')
}
