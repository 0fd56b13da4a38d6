import type { Engine } from '@sluice/engine'
import type { ApiKeyCache } from './auth/api-key-cache.ts'
import type { Authenticator } from './auth/authenticator.ts'
import type { SessionCache } from './auth/session-cache.ts'
import type { ClientBounds } from './http/client-bounds.ts'
import type { StreamSlots } from './http/stream-slots.ts'
import type { Metrics } from './metrics.ts'
import type { OidcClient } from './sessions/oidc/oidc-client.ts'
import type { OidcOptions } from './sessions/oidc/oidc-settings.ts'

/** What routes work with. */
export interface ApiContext {
  engine: Engine
  metrics: Metrics
  /** The API keys that the process has read. */
  apiKeys: ApiKeyCache
  /** The sessions that the process has read. */
  sessions: SessionCache
  authenticator: Authenticator
  /** How people sign in at an issuer. Undefined: not at all. */
  oidc: { client: OidcClient; options: OidcOptions } | undefined
  /** The URL by which browsers reach the API. Undefined: by loopback alone. */
  publicUrl: URL | undefined
  /** The largest task, in bytes of its JSON. */
  maxTaskBytes: number
  /** The largest JSON body with tasks, in bytes. */
  maxBodyBytes: number
  /** What all clients together can take of the process. */
  bounds: ClientBounds
  /** What event streams take. */
  eventStreams: StreamSlots
  /** Aborted when the process is about to stop. Streams that would not end by themselves end then. */
  stopping: AbortSignal
}
