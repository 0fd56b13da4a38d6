import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** How long a client that does not read answers may continue to send. */
const LINGER_MS = 3000

/**
 * Delivers answers that are sent before the whole request was read, such as a refusal in the middle of an upload.
 * Closing at once would make the kernel reset the connection and lose the answer. Continuing to read would let an
 * endless upload hold the connection forever. So the answer is sent with `Connection: close`, and further input is
 * discarded until the client stops or `LINGER_MS` have passed. Requests that follow on the connection are not carried
 * out, because their answers could not be sent.
 */
export function registerLingeringClose(app: FastifyInstance, stopping: AbortSignal): void {
  const closing = new WeakSet<Socket>()

  app.addHook('onRequest', async (request, reply) => {
    if (closing.has(request.raw.socket)) reply.hijack()
  })
  app.addHook('onSend', async (request, reply, payload) => {
    if (!(await isStillArriving(request.raw))) {
      // Fastify would close the connection after every body that it cannot parse, and so drop the answers to requests
      // that the client has already sent behind it.
      reply.removeHeader('connection')
      return payload
    }
    closing.add(request.raw.socket)
    reply.header('connection', 'close')
    if (typeof payload === 'string') reply.header('content-length', Buffer.byteLength(payload))
    else if (!(payload instanceof Readable)) return payload
    return Readable.from(sendThenDrain(payload, request.raw, stopping), { objectMode: false })
  })
}

async function isStillArriving(request: IncomingMessage): Promise<boolean> {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  if (length === '0' && encoding === undefined) return false
  // The end of a short body may directly follow its headers and not be parsed yet.
  if (!hasArrived(request)) await setImmediate()
  return !hasArrived(request) && !request.destroyed
}

/** `complete` is also true for a body that was received but not read. Injected requests do not have it. */
function hasArrived(request: IncomingMessage): boolean {
  return request.complete || request.readableEnded
}

async function* sendThenDrain(payload: string | Readable, request: IncomingMessage, stopping: AbortSignal) {
  if (typeof payload === 'string') yield payload
  else yield* payload
  await drain(request, stopping)
}

function drain(request: IncomingMessage, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      request.off('end', end).off('close', end).pause()
      stopping.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, LINGER_MS)
    stopping.addEventListener('abort', end)
    request.on('end', end).on('close', end).on('error', end).resume()
  })
}
