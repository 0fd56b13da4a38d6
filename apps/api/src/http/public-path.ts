/** First segments of the paths that the API serves. */
const OWN_ROOTS = new Set(['', 'docs', 'healthz', 'metrics', 'openapi.json', 'readyz', 'ui', 'v1', 'version'])

/**
 * The path under which browsers reach the API, with a slash in front and none at its end: `/a/b` of
 * `https://example.com/a/b/`. Empty: none.
 */
export function publicPathOf(publicUrl: URL | undefined): string {
  return publicUrl?.pathname.replace(/\/+$/, '') ?? ''
}

/**
 * Removes the public path from the target of a request, if a proxy has left it there. A proxy may also have removed it: then
 * the target stays as it is. The two differ by what follows, also for a public path such as `/ui`, with which a path of the
 * API begins, too. If nothing follows, the API's own path wins.
 */
export function withoutPublicPath(target: string, publicPath: string): string {
  if (publicPath === '' || !target.startsWith(publicPath)) return target
  const rest = target.slice(publicPath.length)
  const isRoot = /^\/?(?:\?|$)/.test(rest)
  if (isRoot) return OWN_ROOTS.has(firstSegmentOf(target)) ? target : `/${rest.replace(/^\//, '')}`
  return rest.startsWith('/') && OWN_ROOTS.has(firstSegmentOf(rest)) ? rest : target
}

function firstSegmentOf(target: string): string {
  return /^\/([^/?]*)/.exec(target)?.[1] ?? ''
}
