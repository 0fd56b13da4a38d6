import type { IncomingMessage } from 'node:http'

/** What Node and the kernel buffer of a body that nobody reads: measured, two high-water marks of 64 KiB. */
const MOST_BUFFERED_BYTES = 131_072

/** A larger body is not worth being read and thrown away only to keep its connection. */
const BIG_BODY_BYTES = 65_536

/** Memory that the body of a request takes while nobody reads it, in bytes. */
export function heldBodyBytes(request: IncomingMessage): number {
  return Math.min(bodyBytes(request), MOST_BUFFERED_BYTES)
}

/** Whether so much of the body may still be on its way that closing the connection is cheaper than reading on. */
export function hasBigBodyUnread(request: IncomingMessage): boolean {
  return !request.complete && bodyBytes(request) > BIG_BODY_BYTES
}

/** The length of a body as far as it is known: a stream without one counts as endless. */
function bodyBytes(request: IncomingMessage): number {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  // Servers refuse a length that is no number; injected requests may have one.
  if (length !== undefined) return Number(length) || 0
  return encoding !== undefined || isOpenStream(request) ? Number.POSITIVE_INFINITY : 0
}

/** HTTP/2 needs no header to announce a body. */
function isOpenStream(request: IncomingMessage & { stream?: { endAfterHeaders?: boolean } }): boolean {
  return request.stream?.endAfterHeaders === false
}
