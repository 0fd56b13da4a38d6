import type { Batch, BatchState } from './batch.ts'
import type { BatchOutcome } from './outcome.ts'
import type { Reach } from './reach.ts'

/** What a bulk operation can do with its batches. */
export const BULK_ACTIONS = ['interrupt', 'resume', 'retry', 'cancel', 'delete'] as const

export type BulkAction = (typeof BULK_ACTIONS)[number]

/** Which batches a bulk operation acts on: those to which all members apply. */
export interface BulkFilter {
  state?: BatchState | undefined
  /** Batches that have not ended have no outcome. */
  outcome?: BatchOutcome | undefined
  queue?: string | undefined
  type?: string | undefined
  /** The beginning of their codes. */
  codePrefix?: string | undefined
  ids?: readonly string[] | undefined
}

/** A request for a bulk operation. */
export interface BulkRequest {
  action: BulkAction
  filter: BulkFilter
  /** What the client reaches. Others with the same reach may read and cancel the operation. */
  reach: Reach
  /** Why. Null: the client did not say. */
  reason: string | null
  /** The id of the API key. Null: anonymous. */
  createdBy: string | null
}

/** `running`: there are batches left. `completed`: all were reached. `cancelled`: a client ended it before. */
export const BULK_STATES = ['running', 'completed', 'cancelled'] as const

export type BulkState = (typeof BULK_STATES)[number]

/** A batch that a bulk operation skipped, because it had changed or was gone. */
export interface BulkSkip {
  batchId: string
  /** The error code with which the action was refused. */
  code: string
  message: string
}

/** A bulk operation and its progress. */
export interface BulkOperation extends BulkRequest {
  id: string
  state: BulkState
  /** Batches that it acts on, chosen when it started. */
  total: number
  done: number
  skipped: number
  /** Tasks that the action has touched so far. */
  tasks: number
  /** The first hundred. */
  skips: BulkSkip[]
  createdAt: Date
  finishedAt: Date | null
}

/** A bulk operation is kept for this long after its last step. */
export const BULK_KEPT_MS = 7 * 24 * 3600 * 1000

/** Batches that one operation acts on at most. */
export const MAX_BULK_BATCHES = 1000

/** The states in which an action can succeed. */
const STATES: Record<BulkAction, readonly BatchState[]> = {
  interrupt: ['active'],
  resume: ['interrupted'],
  retry: ['active', 'interrupted', 'completed'],
  cancel: ['active', 'interrupted'],
  delete: ['completed', 'cancelled'],
}

/** Whether an action can succeed on a batch as it is now. */
export function canAct(action: BulkAction, { state, counts }: Batch): boolean {
  return STATES[action].includes(state) && (action !== 'retry' || counts.failed > 0)
}

/** The number of tasks that an action touches in a batch as it is now. */
export function touchedTasks(action: BulkAction, { counts }: Batch): number {
  const { total, pending, delayed, running, failed } = counts
  if (action === 'delete') return total
  return action === 'retry' ? failed : pending + delayed + running
}
