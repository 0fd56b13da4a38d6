import type { BulkAction, BulkFilter, BulkOperation, Permission } from '@sluice/client'
import { may, sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import { countOf } from '../../format/numbers.ts'
import type { ActionRequest } from '../../parts/dialog.tsx'

/** An action that a bulk operation can do, in words. */
export interface BulkVerb {
  action: BulkAction
  /** The words of its button. */
  verb: string
  /** What it does, while it does it. */
  doing: string
  /** What happens to the tasks that it touches: to be read after `1,200 tasks`. */
  effect: string
  permission: Permission
}

/** All actions, in the order of their buttons. */
export const BULK_VERBS: readonly BulkVerb[] = [
  {
    action: 'interrupt',
    verb: 'Interrupt',
    doing: 'Interrupting',
    effect: 'will not start, or finish first, until the batches are resumed',
    permission: 'batches:control',
  },
  {
    action: 'resume',
    verb: 'Resume',
    doing: 'Resuming',
    effect: 'may start. All criteria count from zero, and keep their thresholds',
    permission: 'batches:control',
  },
  {
    action: 'retry',
    verb: 'Retry failed',
    doing: 'Retrying',
    effect: 'will run again, beginning with the first attempt',
    permission: 'batches:control',
  },
  {
    action: 'cancel',
    verb: 'Cancel batches',
    doing: 'Cancelling',
    effect: 'will never finish. A cancelled batch cannot be resumed',
    permission: 'batches:write',
  },
  {
    action: 'delete',
    verb: 'Delete',
    doing: 'Deleting',
    effect: 'are removed with their payloads and results. Nothing brings them back',
    permission: 'batches:delete',
  },
]

/** Whether the person may act on many batches at all. */
export function mayActInBulk(): boolean {
  return BULK_VERBS.some(({ permission }) => may(permission))
}

/** What an operation is called while it runs. */
export function doingText({ action }: BulkOperation): string {
  return BULK_VERBS.find((one) => one.action === action)?.doing ?? action
}

/**
 * Asks before a bulk operation.
 *
 * @param preview the dry run, which says how much the operation would touch.
 * @param onStarted gets the operation that was started.
 */
export function bulkRequest(
  { action, verb, effect }: BulkVerb,
  filter: BulkFilter,
  preview: BulkOperation,
  onStarted: (operation: BulkOperation) => void,
): ActionRequest {
  const batches = countOf(preview.total, 'batch', 'batches')
  const more = preview.hasMore ? ' More match: one operation acts on the newest thousand. Repeat it for the rest.' : ''
  return {
    title: `${verb}: ${batches}?`,
    verb,
    explanation: `${countOf(preview.tasks, 'task')} ${effect}. Workers act on one batch after the other.${more}`,
    touches: preview.tasks,
    name: batches,
    isFinal: action === 'delete',
    isDangerous: action === 'cancel',
    run: async (reason) => onStarted(await sluice.bulk.start({ action, filter }, withReason(reason))),
  }
}
