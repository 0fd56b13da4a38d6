import type { Engine } from '@sluice/engine'
import type { Metrics } from './metrics.ts'

/** What routes work with. */
export interface ApiContext {
  engine: Engine
  metrics: Metrics
  /** The largest task, in bytes of its JSON. */
  maxTaskBytes: number
  /** The largest JSON body with tasks, in bytes. */
  maxBodyBytes: number
  /** Aborted when the process is about to stop. Streams that would not end by themselves end then. */
  stopping: AbortSignal
}
