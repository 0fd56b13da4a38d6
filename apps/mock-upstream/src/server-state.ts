import { MockService } from './mock-service.ts'
import { findServiceProblems, type ServiceSettings } from './service-settings.ts'

/** `single`: one service at `/`. `multi`: any number of named services at `/mock/:name`. */
export type ServerMode = 'single' | 'multi'

/** The services of one server. */
export interface ServerState {
  readonly mode: ServerMode
  /** The services of multi mode by name. */
  readonly services: Map<string, MockService>
  /** The service of single mode. */
  readonly defaultService: MockService | undefined
}

/**
 * Creates the state of a server that has just started.
 *
 * @throws {TypeError} if single mode has no valid default service.
 */
export function createServerState(mode: ServerMode, defaultService: ServiceSettings | undefined): ServerState {
  return { mode, services: new Map(), defaultService: mode === 'single' ? createDefault(defaultService) : undefined }
}

/** Returns all services of a server in either mode. */
export function allServices({ services, defaultService }: ServerState): MockService[] {
  return [...(defaultService === undefined ? [] : [defaultService]), ...services.values()]
}

function createDefault(settings: ServiceSettings | undefined): MockService {
  if (settings === undefined) throw new TypeError('defaultService is required in single mode')
  const problems = findServiceProblems(settings)
  if (problems.length > 0) throw new TypeError(`defaultService cannot be used: ${problems.join('; ')}`)
  return new MockService('default', settings, performance.now())
}
