import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { ANSWER_HEADERS } from '../guard/register-guard.ts'
import { describeError } from './describe-error.ts'
import { HeadersTooLargeError, HeadersTooSlowError, type HttpError, RequestMalformedError } from './http-errors.ts'
import { PROBLEM_MEDIA_TYPE } from '@sluice/contracts'
import { printable } from './printable.ts'
import { problemOf } from './send-problem.ts'

/** How long a client may still send after its connection was refused. Closing at once could lose the answer. */
const LINGER_MS = 1000

/** What is known of a connection. */
interface Exchange {
  /** The last request whose headers have arrived. */
  request: IncomingMessage
  response: ServerResponse
  /** Requests that have no complete answer yet. */
  open: number
}

/**
 * Answers what Node's parser refuses, and Fastify therefore never sees, with a problem document. Each request gets one
 * answer at most, and each answer belongs to its request: if another answer is due on the connection, it is only closed.
 */
export function registerConnectionErrors({ server, log }: FastifyInstance): void {
  const exchanges = new WeakMap<Socket, Exchange>()
  const refused = new WeakSet<Socket>()

  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const exchange = { request, response, open: (exchanges.get(request.socket)?.open ?? 0) + 1 }
    exchanges.set(request.socket, exchange)
    response.once('close', () => {
      const latest = exchanges.get(request.socket)
      if (latest !== undefined) latest.open -= 1
    })
  })
  // Unknown expectations may be ignored. Node would answer 417 by itself, and 400 once the body turns out to be broken.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('connect', (_request, socket) => refuse(socket as Socket, new RequestMalformedError('CONNECT')))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    if (refused.has(socket as Socket)) return
    if (isAnswerable(exchanges.get(socket as Socket))) refuse(socket as Socket, refusalOf(error))
    else socket.destroy()
  })

  function refuse(socket: Socket, error: HttpError): void {
    refused.add(socket)
    const requestId = randomUUID()
    log.info({ requestId, code: error.code }, printable(error.message))
    socket.end(answerOf(error, requestId))
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }
}

/** Whether the next answer on the connection would be that of the request which is broken. */
function isAnswerable(exchange: Exchange | undefined): boolean {
  if (exchange === undefined) return true
  const { request, response, open } = exchange
  // The body of the last request is broken, or what follows the last request is.
  return request.complete ? open === 0 : open === 1 && !response.headersSent
}

function refusalOf(error: NodeJS.ErrnoException & { reason?: string }): HttpError {
  if (error.code === 'HPE_HEADER_OVERFLOW') return new HeadersTooLargeError()
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HeadersTooSlowError()
  return new RequestMalformedError(error.reason ?? error.message)
}

function answerOf(error: HttpError, id: string): string {
  const request = { id, url: '/' }
  const failure = describeError(error, request as never)
  const body = JSON.stringify(problemOf(request, failure))
  const headers = {
    ...ANSWER_HEADERS,
    'x-request-id': id,
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}`, ...lines, '', body].join('\r\n')
}
