import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MethodNotAllowedError, RouteNotFoundError } from './errors/http-errors.ts'

/**
 * Refuses requests that no route serves, before their body is read: 405 if the path has other methods, otherwise 404.
 * Must be registered before the routes, which it lists.
 */
export function registerUnknownRoutes(app: FastifyInstance): void {
  const methods = new MethodsByPath()
  app.addHook('onRoute', ({ url, method }) => methods.add(url, method))
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw refusalOf(request, methods)
  })
  // Only for what the pages of /docs do not find.
  app.setNotFoundHandler((request) => {
    throw refusalOf(request, methods)
  })
}

function refusalOf({ method, url }: FastifyRequest, methods: MethodsByPath): Error {
  const path = url.split('?', 1)[0] ?? url
  const allowed = methods.find(path)
  if (allowed.length === 0 || allowed.includes(method)) return new RouteNotFoundError(method, path)
  return new MethodNotAllowedError(method, path, allowed)
}

/** The methods of each path that the server has routes for. */
class MethodsByPath {
  readonly #methods = new Map<string, Set<string>>()

  add(url: string, methods: string | string[]): void {
    const known = this.#methods.get(url) ?? new Set()
    this.#methods.set(url, known)
    for (const method of [methods].flat()) known.add(method)
  }

  /** The methods of a path as it was sent, in alphabetical order. */
  find(path: string): string[] {
    const matching = [...this.#methods].filter(([url]) => patternOf(url).test(path))
    return [...new Set(matching.flatMap(([, methods]) => [...methods]))].toSorted()
  }
}

/** `/v1/batches/:id` as a pattern of paths. */
function patternOf(url: string): RegExp {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`)
}
