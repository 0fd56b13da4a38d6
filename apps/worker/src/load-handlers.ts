import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import type { Handler, Handlers } from '@sluice/worker-kit'
import { placeOfError } from './place-of-error.ts'
import { provideWorkerKit } from './provide-worker-kit.ts'

/** A module of handlers that cannot be used. The message says why. */
export class HandlersError extends Error {
  override readonly name = 'HandlersError'
}

/**
 * Loads the user's handlers: a module whose default export is an object of functions by task type. It may lie in any
 * folder and import `@sluice/worker-kit` without having it.
 *
 * @throws {HandlersError} if the module cannot be loaded or exports anything else.
 */
export async function loadHandlers(path: string): Promise<Handlers> {
  provideWorkerKit()
  const exported = await importDefault(path)
  if (typeof exported !== 'object' || exported === null) {
    throw new HandlersError(`${path} must have a default export: an object of handlers by task type.`)
  }
  const entries = Object.entries(exported)
  if (Object.hasOwn(exported, 'http'))
    throw new HandlersError(
      `${path}: the type "http" is built in, and the API checks its payloads. Name your handler differently.`,
    )
  const invalid = entries.find(([, handler]) => typeof handler !== 'function')
  if (invalid)
    throw new HandlersError(`${path}: the handler "${invalid[0]}" must be a function; it is ${typeof invalid[1]}.`)
  return Object.fromEntries(entries) as Record<string, Handler>
}

async function importDefault(path: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown }
    return module.default
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new HandlersError(`${path}${placeOfError(resolve(path), error)} could not be loaded: ${message}`, {
      cause: error,
    })
  }
}
