import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { openapiDocument } from './openapi-document.ts'

/** The style in the logo that the page draws first. The bundle of Swagger UI has it as text, so it cannot become a file. */
const LOGO_STYLE = '.logo_small_svg__cls-2{fill:#fff}.logo_small_svg__cls-3{fill:#85ea2d}'

/** The pages load and call this server alone, run no inline script, apply no other inline style, and appear in no frame. */
const PAGE_POLICY = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  "script-src 'self'",
  `style-src 'self' 'sha256-${hash('sha256', LOGO_STYLE, 'base64')}'`,
].join('; ')

/**
 * Shows the OpenAPI document as a page at `/docs`.
 *
 * @param publicPath the path in front of `/docs` in browsers, without a slash at its end.
 */
export async function registerDocs(app: FastifyInstance, publicPath: string): Promise<void> {
  // The pages of /docs are registered by a plugin, so they get their gate class here. They are public.
  app.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/docs')) return
    route.config = { gate: 'sheddable', permission: null, isPage: true, ...route.config }
    route.onRequest = async ({ raw }: FastifyRequest) => ignoreConditions(raw.headers)
  })
  await app.register(swagger, { mode: 'static', specification: { document: openapiDocument as never } })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    indexPrefix: publicPath,
    staticCSP: PAGE_POLICY,
    // Null: the document is not sent to an external validator.
    uiConfig: { tryItOutEnabled: true, validatorUrl: null },
  })
}

/** The plugin that sends the files throws for conditions that do not hold. A file as a whole is always a valid answer. */
function ignoreConditions(headers: IncomingHttpHeaders): void {
  for (const name of ['range', 'if-range', 'if-match', 'if-unmodified-since']) delete headers[name]
}
