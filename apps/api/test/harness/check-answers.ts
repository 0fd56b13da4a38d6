import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

interface DeclaredRoute {
  response?: Record<string, TSchema | { content: Record<string, { schema: TSchema }> }>
}

/** Makes a test fail whose API answers something that its OpenAPI description does not say. */
export function checkAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const mediaType = String(reply.getHeader('content-type') ?? '').split(';', 1)[0] ?? ''
    const route = request.routeOptions.url
    // Unknown routes are not described, and paths that are no paths reach none.
    if (route === undefined || typeof payload !== 'string' || !mediaType.endsWith('json')) return payload

    const declared = (request.routeOptions.schema as DeclaredRoute | undefined)?.response?.[reply.statusCode]
    const schema = declared && 'content' in declared ? declared.content[mediaType]?.schema : undefined
    const where = `${request.method} ${route} ${reply.statusCode} ${mediaType}`
    if (schema === undefined) throw new Error(`${where} is not declared: ${payload}`)
    const errors = Compile(schema).Errors(JSON.parse(payload))
    if (errors.length > 0) throw new Error(`${where} is not as declared: ${JSON.stringify(errors)} in ${payload}`)
    return payload
  })
}
