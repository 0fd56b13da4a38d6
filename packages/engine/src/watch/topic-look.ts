import type { Batch, BatchState } from '../model/batch.ts'
import type { Limit } from '../model/limit.ts'
import type { Queue } from '../model/queue.ts'
import type { WorkerStatus } from '../model/worker-status.ts'
import type { SystemStatus } from '../system.ts'
import type { Look } from './lookout.ts'

/** The objects of each topic. */
export interface TopicObjects {
  batches: Batch
  queues: Queue
  limits: Limit
  workers: WorkerStatus
  system: SystemStatus
}

/** What can be watched. */
export type Topic = keyof TopicObjects

/** An object of any topic. */
export type TopicObject = TopicObjects[Topic]

/** How the batches of a topic go on together. */
export interface Tick {
  /** Batches by state. Null for watchers that are narrowed to queues. */
  batches: Record<BatchState, number> | null
  completedPerSecond: number
  failedPerSecond: number
  running: number
  waiting: number
}

/** An object as a look saw it. It stays the same entry while its content does. */
export interface Entry {
  object: TopicObject
  content: string
}

/** The objects of a topic as one look saw them. */
export interface TopicLook extends Look {
  /** By id or name. */
  entries: ReadonlyMap<string, Entry>
  /** Batches that have left the topic within the last minute, because they ended. */
  ended: ReadonlyMap<string, Entry>
  /** Undefined of the first look, and of every other topic than `batches`. */
  tick?: Tick | undefined
}

/** Objects of a topic that are shown at most. */
export const MOST_OBJECTS = 200
