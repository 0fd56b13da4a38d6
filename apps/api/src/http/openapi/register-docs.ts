import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { registerPageHeaders } from '../page-headers.ts'
import { openapiDocument } from './openapi-document.ts'

/** The style in the logo that the page draws first. The bundle of Swagger UI has it as text, so it cannot become a file. */
const LOGO_STYLE = '.logo_small_svg__cls-2{fill:#fff}.logo_small_svg__cls-3{fill:#85ea2d}'

/**
 * Shows the OpenAPI document as a page at `/docs`.
 *
 * @param publicPath the path in front of `/docs` in browsers, without a slash at its end.
 */
export async function registerDocs(app: FastifyInstance, publicPath: string): Promise<void> {
  await app.register(swagger, { mode: 'static', specification: { document: openapiDocument as never } })
  await app.register(async (pages) => {
    // The pages of /docs are registered by a plugin, so they get their gate class here. They are public.
    pages.addHook('onRoute', (route) => {
      route.config = { gate: 'sheddable', permission: null, isPage: true, ...route.config }
      route.onRequest = async ({ raw }: FastifyRequest) => ignoreConditions(raw.headers)
    })
    const hashOfLogo = `sha256-${hash('sha256', LOGO_STYLE, 'base64')}`
    await registerPageHeaders(pages, { base: "'none'", inlineStyles: [hashOfLogo] })
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      indexPrefix: publicPath,
      // Null: the document is not sent to an external validator.
      uiConfig: { tryItOutEnabled: true, validatorUrl: null },
    })
  })
}

/** The plugin that sends the files throws for conditions that do not hold. A file as a whole is always a valid answer. */
function ignoreConditions(headers: IncomingHttpHeaders): void {
  for (const name of ['range', 'if-range', 'if-match', 'if-unmodified-since']) delete headers[name]
}
