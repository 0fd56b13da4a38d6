import { BatchParams } from '../schemas/batch.ts'
import { InterruptBatchBody, InterruptionList, ResumeBatchBody } from '../schemas/interruption.ts'
import { oneBatch } from './batches.ts'
import { json } from './content.ts'
import { operation, optionalBody } from './operation.ts'

/** How a batch is interrupted and resumed. */
export const interruptionOperations = {
  interruptBatch: operation({
    id: 'interruptBatch',
    method: 'POST',
    path: '/v1/batches/:id/interrupt',
    tag: 'batches',
    summary: 'Interrupt a batch',
    description:
      'Stops an active batch on all workers. No further task starts; running attempts finish, or are aborted and released ' +
      'if `abort` is true. The batch can be resumed.',
    permission: 'batches:control',
    gate: 'critical',
    params: BatchParams,
    body: optionalBody(json(InterruptBatchBody)),
    answers: oneBatch,
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_BATCH_STATE'],
    remarks: { SLUICE_BATCH_STATE: 'The batch is not active.' },
  }),

  resumeBatch: operation({
    id: 'resumeBatch',
    method: 'POST',
    path: '/v1/batches/:id/resume',
    tag: 'batches',
    summary: 'Resume a batch',
    description:
      'Continues an interrupted batch. Unfinished tasks run; finished ones do not run again. Its criteria count from zero.',
    permission: 'batches:control',
    gate: 'normal',
    params: BatchParams,
    body: optionalBody(json(ResumeBatchBody)),
    answers: oneBatch,
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_QUEUE_CLOSED', 'SLUICE_BATCH_STATE'],
    remarks: { SLUICE_BATCH_STATE: 'The batch is not interrupted.' },
  }),

  listInterruptions: operation({
    id: 'listInterruptions',
    method: 'GET',
    path: '/v1/batches/:id/interruptions',
    tag: 'batches',
    summary: 'List the interruptions of a batch',
    description: 'Returns the last hundred interruptions of the batch, newest first.',
    permission: 'batches:read',
    gate: 'sheddable',
    params: BatchParams,
    answers: { 200: { description: 'The interruptions.', content: json(InterruptionList) } },
    errors: ['SLUICE_BATCH_NOT_FOUND'],
  }),
}
