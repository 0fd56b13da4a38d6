import { registerHooks } from 'node:module'

const WORKER_KIT = '@sluice/worker-kit'

/**
 * Lets modules in any folder import `@sluice/worker-kit`. A module whose own folder has the package gets that copy, and
 * every other module gets the worker's. Both work, because errors of any copy carry their meaning.
 */
export function provideWorkerKit(): void {
  const url = import.meta.resolve(WORKER_KIT)
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier !== WORKER_KIT) return nextResolve(specifier, context)
      try {
        return nextResolve(specifier, context)
      } catch {
        return { url, shortCircuit: true }
      }
    },
  })
}
