import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { openapiDocument } from './openapi-document.ts'

/** Shows the OpenAPI document as a page at `/docs`. */
export async function registerDocs(app: FastifyInstance): Promise<void> {
  // The pages of /docs are registered by a plugin, so they get their gate class here.
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/docs')) route.config = { gate: 'sheddable', ...route.config }
  })
  await app.register(swagger, { mode: 'static', specification: { document: openapiDocument as never } })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // This server has no TLS of its own, so upgraded requests for scripts would fail.
    transformStaticCSP: (policy) => policy.replace('upgrade-insecure-requests;', ''),
    // Null: the document is not sent to an external validator.
    uiConfig: { tryItOutEnabled: true, validatorUrl: null },
  })
}
