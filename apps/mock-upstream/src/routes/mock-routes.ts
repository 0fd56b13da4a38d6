import type { FastifyPluginCallback, FastifyReply } from 'fastify'
import { answerBody } from '../answer-body.ts'
import { callAt } from '../call-at.ts'
import type { Admission, MockService } from '../mock-service.ts'
import { createRequestId } from '../request-id.ts'
import { sendError } from '../send-error.ts'
import type { ServerState } from '../server-state.ts'

/** `GET|POST /` and `GET|POST /mock/:name`: the simulated services themselves. */
export const mockRoutes: FastifyPluginCallback<{ state: ServerState }> = (app, { state }, done) => {
  const method = ['GET', 'POST']

  app.route({
    method,
    url: '/',
    handler(_request, reply) {
      if (state.defaultService === undefined) sendError(reply, 'invalid_params')
      else answer(state.defaultService, reply)
    },
  })

  app.route<{ Params: { '*': string } }>({
    method,
    url: '/mock/*',
    handler(request, reply) {
      const name = request.params['*']
      const service = state.services.get(name)
      if (state.mode === 'single' || name === '') sendError(reply, 'invalid_params')
      else if (service === undefined) sendError(reply, 'service_not_found')
      else answer(service, reply)
    },
  })
  done()
}

function answer(service: MockService, reply: FastifyReply): void {
  // If the client disconnected while the body was read, "close" has been emitted, and would not free its concurrency.
  if (reply.raw.destroyed) return
  const nowMs = performance.now()
  const admission = service.admit(nowMs)
  switch (admission.kind) {
    case 'simulated_error':
      reply.code(admission.statusCode).send({ error: admission.errorMessage })
      break
    case 'overloaded':
      sendError(reply, 'concurrency_limit_exceeded')
      break
    case 'rate_limited':
      reply.headers(service.rateLimitedHeaders(nowMs))
      sendError(reply, 'rate_limit_exceeded')
      break
    case 'accepted':
      answerLater(service, admission, nowMs, reply)
  }
}

function answerLater(
  service: MockService,
  { delayMs, leave }: Admission & { kind: 'accepted' },
  acceptedAtMs: number,
  reply: FastifyReply,
): void {
  const ts = Date.now()
  function hangUp(): void {
    cancel()
    leave('hung_up')
  }
  reply.raw.once('close', hangUp)

  const cancel = callAt(acceptedAtMs + delayMs, () => {
    reply.raw.off('close', hangUp)
    // Concurrency is freed before the response is sent, because the client may call again at once.
    leave('answered')
    const nowMs = performance.now()
    const accepted = { requestId: createRequestId(ts), ts, rt: Math.round(nowMs - acceptedAtMs) }
    reply.headers(service.acceptedHeaders(nowMs)).send(answerBody(service.settings.answer ?? 'plain', accepted))
  })
}
