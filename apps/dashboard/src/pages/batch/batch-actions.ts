import type { Batch, ErrorGroupName, InterruptionCriteriaUpdate } from '@sluice/client'
import { may, sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import { countOf } from '../../format/numbers.ts'
import type { ActionRequest } from '../../parts/dialog.tsx'

/** What a person may do with a batch in its present state. */
export interface BatchActions {
  canInterrupt: boolean
  canResume: boolean
  canSeal: boolean
  canRetry: boolean
  canCancel: boolean
  canDelete: boolean
  canChange: boolean
}

/** Which actions the state of the batch and the permissions of the person allow. */
export function actionsOf({ state, sealed, counts }: Batch): BatchActions {
  const isOpen = state === 'active' || state === 'interrupted'
  const mayControl = may('batches:control')
  return {
    canInterrupt: state === 'active' && mayControl,
    canResume: state === 'interrupted' && mayControl,
    canSeal: isOpen && !sealed && may('batches:write'),
    canRetry: state !== 'cancelled' && counts.failed > 0 && mayControl,
    canCancel: isOpen && may('batches:write'),
    canDelete: !isOpen && may('batches:delete'),
    canChange: isOpen && mayControl,
  }
}

const tasks = (number: number) => countOf(number, 'task')

/** Stops the batch. `readAbort` says whether running attempts are aborted. */
export function interruption({ id, code, counts }: Batch, readAbort: () => boolean): ActionRequest {
  const waiting = counts.pending + counts.delayed
  return {
    title: `Interrupt ${code}?`,
    verb: 'Interrupt',
    explanation: `${tasks(waiting)} will not start until the batch is resumed. ${tasks(counts.running)} run now.`,
    touches: waiting + counts.running,
    name: code,
    run: (reason) => sluice.batches.interrupt(id, { abort: readAbort() }, withReason(reason)),
  }
}

/** Continues the batch, with changed criteria. */
export function resumption({ id, code, counts }: Batch, readCriteria: () => InterruptionCriteriaUpdate): ActionRequest {
  const waiting = counts.pending + counts.delayed
  return {
    title: `Resume ${code}?`,
    verb: 'Resume',
    explanation: `${tasks(waiting)} may start. Finished tasks do not run again, and all criteria count from zero.`,
    touches: waiting,
    name: code,
    run: (reason) => sluice.batches.resume(id, { interruptionCriteria: readCriteria() }, withReason(reason)),
  }
}

/** Closes the batch to further tasks. */
export function sealing({ id, code, counts }: Batch): ActionRequest {
  return {
    title: `Seal ${code}?`,
    verb: 'Seal',
    explanation: `The batch accepts no more tasks, and completes with the last of its ${tasks(counts.total)}.`,
    touches: 0,
    name: code,
    run: (reason) => sluice.batches.seal(id, withReason(reason)),
  }
}

/** Runs all failed tasks again. */
export function retry({ id, code, counts }: Batch): ActionRequest {
  return {
    title: `Retry the failed tasks of ${code}?`,
    verb: 'Retry',
    explanation: `${tasks(counts.failed)} will run again, beginning with the first attempt.`,
    touches: counts.failed,
    name: code,
    run: (reason) => sluice.batches.retry(id, {}, withReason(reason)),
  }
}

/**
 * Runs the tasks of a group of errors again.
 *
 * @param touches how many the API has found in it.
 */
export function retryOfGroup({ id, code }: Batch, group: ErrorGroupName, touches: number): ActionRequest {
  return {
    title: `Retry the tasks of ${code} with this error?`,
    verb: 'Retry',
    explanation: `${tasks(touches)} failed with “${group.message}” and will run again, beginning with the first attempt.`,
    touches,
    name: code,
    run: (reason) => sluice.batches.retry(id, { group }, withReason(reason)),
  }
}

/** Stops the batch for good. */
export function cancellation({ id, code, counts }: Batch): ActionRequest {
  const unfinished = counts.pending + counts.delayed + counts.running
  return {
    title: `Cancel ${code}?`,
    verb: 'Cancel the batch',
    explanation: `${tasks(unfinished)} will never finish. Attempts that run are aborted. A cancelled batch cannot be resumed.`,
    touches: unfinished,
    name: code,
    isDangerous: true,
    run: (reason) => sluice.batches.cancel(id, undefined, withReason(reason)),
  }
}

/** Removes the batch. */
export function deletion({ id, code, counts }: Batch): ActionRequest {
  return {
    title: `Delete ${code}?`,
    verb: 'Delete',
    explanation: `The batch is removed with the payloads and results of ${tasks(counts.total)}. Nothing brings them back.`,
    touches: counts.total,
    name: code,
    isFinal: true,
    run: (reason) => sluice.batches.delete(id, withReason(reason)),
  }
}
