import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { MockService } from '../mock-service.ts'
import { sendError } from '../send-error.ts'
import type { ServerState } from '../server-state.ts'
import { ServiceSettings } from '../service-settings.ts'

/** `POST /service/:name` and `DELETE /service/:name`: the services of multi mode. */
export const serviceRoutes: FastifyPluginCallbackTypebox<{ state: ServerState }> = (app, { state }, done) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, parsed) => parsed(null, parseJson(text)))

  // Runs before validation, because single mode gives the same answer to valid and invalid bodies.
  app.addHook('preValidation', async (_request, reply) => {
    if (state.mode !== 'single') return undefined
    sendError(reply, 'single_mode_no_create')
    return reply
  })

  app.post('/service/*', { schema: { body: ServiceSettings } }, (request, reply) => {
    const name = nameOf(request.params)
    if (name === '') return sendError(reply, 'invalid_params')

    state.services.set(name, new MockService(name, request.body, performance.now()))
    reply.code(201).send({ service: name, status: 'created' })
  })

  app.delete('/service/*', (request, reply) => {
    const name = nameOf(request.params)
    if (name === '') return sendError(reply, 'invalid_params')
    if (!state.services.delete(name)) return sendError(reply, 'service_not_found')

    reply.send({ service: name, status: 'deleted' })
  })
  done()
}

function nameOf(params: unknown): string {
  return (params as { '*': string })['*']
}

/**
 * Parses JSON. A member that is null is absent, because many clients write absent members so. Returns undefined for
 * invalid JSON, which the schema refuses like any other invalid body.
 */
function parseJson(text: string | Buffer): unknown {
  try {
    return JSON.parse(text.toString(), (_name, value: unknown) => (value === null ? undefined : value))
  } catch {
    return undefined
  }
}
