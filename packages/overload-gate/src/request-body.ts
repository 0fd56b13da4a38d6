import type { IncomingMessage } from 'node:http'

/** What Node buffers of an unread body, measured: two high-water marks of 64 KiB. */
const MOST_BUFFERED_BYTES = 131_072

/** Reading and discarding a larger body costs more than a new connection. */
const BIG_BODY_BYTES = 65_536

/** Memory that the unread body of a request takes, in bytes. */
export function heldBodyBytes(request: IncomingMessage): number {
  return Math.min(bodyBytes(request), MOST_BUFFERED_BYTES)
}

/** Whether so much of the body may be outstanding that closing the connection is cheaper than reading it. */
export function hasBigBodyUnread(request: IncomingMessage): boolean {
  return !request.complete && bodyBytes(request) > BIG_BODY_BYTES
}

/** The declared length of a body; a stream without one counts as infinite. */
function bodyBytes(request: IncomingMessage): number {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  // Node's server refuses a length that is not a number; injected requests may have one.
  if (length !== undefined) return Number(length) || 0
  return encoding !== undefined || isOpenStream(request) ? Number.POSITIVE_INFINITY : 0
}

/** HTTP/2 announces a body without a header. */
function isOpenStream(request: IncomingMessage & { stream?: { endAfterHeaders?: boolean } }): boolean {
  return request.stream?.endAfterHeaders === false
}
