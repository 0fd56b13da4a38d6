import type { BatchTransition, Engine, Outcome, TurnReply } from '@sluice/engine'
import type { Handlers, Logger } from './handler.ts'
import type { LimitEvent } from './limit/limit-event.ts'
import type { Limiters } from './limit/limiters.ts'
import type { Abortables } from './ticket/abortables.ts'
import type { Averages } from './ticket/averages.ts'
import type { PaceEvent } from './ticket/report-pace.ts'
import type { SettingsCache } from './ticket/settings-cache.ts'
import type { SlotDemands } from './ticket/slot-demands.ts'
import type { StartMarks } from './ticket/start-marks.ts'
import type { StoppedBatches } from './ticket/stopped-batches.ts'
import type { TurnQueues } from './ticket/turn-queue.ts'

/** What the runs of all tickets in a worker share. */
export interface WorkerScope {
  engine: Engine
  /** The id of the worker. */
  workerId: string
  handlers: Handlers
  settings: SettingsCache
  averages: Averages
  demand: SlotDemands
  stopped: StoppedBatches
  turns: TurnQueues
  starts: StartMarks
  limiters: Limiters
  /** Running attempts. */
  attempts: Abortables
  /** Tasks that wait for their permits. */
  waits: Abortables
  /** Tickets that hold no task and wait for their limit to admit them. */
  parked: Abortables
  log: Logger
  observe: (event: WorkerEvent) => void
  /** Whether the worker is stopping: it starts no task and releases the tasks it holds. */
  isStopping: () => boolean
}

/** What a worker reports to `WorkerOptions.observe`, for metrics. */
export type WorkerEvent =
  | {
      kind: 'attempt'
      queue: string
      type: string
      outcome: Outcome['kind'] | 'aborted'
      /** Why it failed. Undefined if it was completed or aborted. */
      failureClass?: string | undefined
      durationMs: number
    }
  | { kind: 'turn'; reply: TurnReply['kind']; durationMs: number }
  | { kind: 'transition'; transition: BatchTransition }
  | PaceEvent
  | LimitEvent
