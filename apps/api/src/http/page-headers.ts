import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** What differs between the content security policies of pages. */
export interface PagePolicy {
  /** What the base of relative links may be. */
  base: "'self'" | "'none'"
  /** Hashes of inline styles that the page applies. */
  inlineStyles?: readonly string[]
}

/**
 * Sets the headers of HTML pages, which are the routes of `pages`: a page loads and calls this server alone, runs no inline
 * script, applies no other inline style, and appears in no frame. Answers with data have those of the guard.
 */
export async function registerPageHeaders(pages: FastifyInstance, policy: PagePolicy): Promise<void> {
  // Headers that helmet sets yield to those of the reply. It would have no effect on the policy that the guard has set.
  pages.addHook('onRequest', (_request, reply, done) => {
    reply.removeHeader('content-security-policy')
    done()
  })
  await pages.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: directivesOf(policy) },
    // Whether all names below this one have certificates is known to the proxy that has this one's.
    strictTransportSecurity: false,
  })
}

function directivesOf({ base, inlineStyles = [] }: PagePolicy): Record<string, string[]> {
  return {
    'default-src': ["'none'"],
    'base-uri': [base],
    'connect-src': ["'self'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'img-src': ["'self'", 'data:'],
    'script-src': ["'self'"],
    'style-src': ["'self'", ...inlineStyles.map((hash) => `'${hash}'`)],
  }
}
