import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RouteNotFoundError } from '../http/errors/http-errors.ts'
import { registerPageHeaders } from '../http/page-headers.ts'
import type { Asset, Dashboard } from './read-dashboard.ts'

const A_YEAR_S = 31_536_000

/** The routes are public: what they serve is the same for everyone, and shows nothing of the installation. */
const config = { gate: 'normal', permission: null } as const
const pageConfig = { ...config, isPage: true } as const

/** What the page must know before it can ask the API. */
export interface DashboardOptions {
  /** The path in front of `/ui/` in browsers, without a slash at its end. */
  publicPath: string
  /** Whether people can sign in at an issuer of OpenID Connect. */
  hasIssuer: boolean
}

/** Serves the dashboard at `/ui/`: its page for every path of the page, and the files that it loads. */
export function registerDashboard(app: FastifyInstance, dashboard: Dashboard, options: DashboardOptions): void {
  const { assets } = dashboard
  const { publicPath } = options
  const html = preparePage(dashboard, options)

  app.register(async (pages) => {
    await registerPageHeaders(pages, { base: "'self'" })
    pages.get('/ui', { config: pageConfig }, async (_request, reply) => reply.redirect(`${publicPath}/ui/`))
    pages.get('/ui/*', { config: pageConfig }, async (request, reply) => {
      if (!acceptsHtml(request)) throw new RouteNotFoundError(request.method, request.url)
      return reply.type('text/html; charset=utf-8').send(html)
    })
  })
  app.get<{ Params: { name: string } }>('/ui/assets/:name', { config }, async (request, reply) => {
    const asset = assets.get(request.params.name)
    if (asset === undefined) throw new RouteNotFoundError(request.method, request.url)
    return sendAsset(request, reply, asset)
  })
}

/** All links of the page are relative to its base, so that the same files work under any path. */
function preparePage({ page }: Dashboard, { publicPath, hasIssuer }: DashboardOptions): string {
  const base = `<base href="${publicPath}/ui/" />`
  // Data, which the policy allows, and no script.
  const settings = `<script type="application/json" id="settings">${JSON.stringify({ hasIssuer })}</script>`
  return page.replace('<head>', () => `<head>\n    ${base}\n    ${settings}`)
}

function sendAsset({ headers }: FastifyRequest, reply: FastifyReply, { mediaType, content, gzipped }: Asset) {
  const isGzip = /\bgzip\b/.test(headers['accept-encoding'] ?? '')
  if (isGzip) reply.header('content-encoding', 'gzip')
  return reply
    .type(mediaType)
    .header('cache-control', `public, max-age=${A_YEAR_S}, immutable`)
    .header('vary', 'accept-encoding')
    .send(isGzip ? gzipped : content)
}

function acceptsHtml({ headers: { accept = '*/*' } }: FastifyRequest): boolean {
  return /text\/html|\*\/\*/.test(accept)
}
