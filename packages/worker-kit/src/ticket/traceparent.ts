import { randomBytes } from 'node:crypto'

const VERSION = '00'

/** The flags that version 00 of W3C Trace Context and its next level define: sampled, and random trace id. */
const KNOWN_FLAGS = 0b11

/**
 * The `traceparent` of a new span in the trace of a valid `traceparent`. A span id is eight random bytes: the chance that
 * they are all zero, which is invalid, is one in 2^64.
 */
export function newSpanIn(traceparent: string): string {
  const [, traceId, , flags = '00'] = traceparent.split('-')
  const known = Number.parseInt(flags, 16) & KNOWN_FLAGS
  return `${VERSION}-${traceId}-${randomBytes(8).toString('hex')}-${known.toString(16).padStart(2, '0')}`
}
