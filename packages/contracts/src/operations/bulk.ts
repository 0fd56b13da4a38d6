import { BulkList, BulkParams, BulkView, StartBulkBody } from '../schemas/bulk.ts'
import { json } from './content.ts'
import { body, location, operation } from './operation.ts'

const oneBulk = { 200: { description: 'The bulk operation.', content: json(BulkView) } }

/** What can be done with many batches at once. */
export const bulkOperations = {
  startBulk: operation({
    id: 'startBulk',
    method: 'POST',
    path: '/v1/bulk',
    tag: 'batches',
    summary: 'Act on many batches',
    description:
      'Chooses up to 1,000 batches, newest first, and has the workers act on one after the other. Batches that are created ' +
      'later are not touched; those that change meanwhile may be skipped. With `dryRun`, it only counts. `interrupt`, `resume` ' +
      'and `retry` need the permission `batches:control`, and `delete` needs `batches:delete`.',
    permission: 'batches:write',
    bodyPermissions: ['batches:control', 'batches:delete'],
    gate: 'sheddable',
    body: body(json(StartBulkBody)),
    answers: {
      200: { description: 'What the operation would act on: a dry run.', content: json(BulkView) },
      202: {
        description: 'The new bulk operation.',
        content: json(BulkView),
        headers: location('/v1/bulk/0mwqw2ysoy2lyb3l2x9x'),
      },
    },
    errors: [],
  }),

  listBulk: operation({
    id: 'listBulk',
    method: 'GET',
    path: '/v1/bulk',
    tag: 'batches',
    summary: 'List bulk operations',
    description: 'Returns the bulk operations of the last seven days, newest first, at most a hundred.',
    permission: 'batches:read',
    gate: 'sheddable',
    answers: { 200: { description: 'The bulk operations.', content: json(BulkList) } },
    errors: [],
  }),

  readBulk: operation({
    id: 'readBulk',
    method: 'GET',
    path: '/v1/bulk/:id',
    tag: 'batches',
    summary: 'Read a bulk operation',
    description: 'Returns the progress of the bulk operation. It is kept for seven days after its last step.',
    permission: 'batches:read',
    gate: 'normal',
    params: BulkParams,
    answers: oneBulk,
    errors: ['SLUICE_BULK_NOT_FOUND'],
  }),

  cancelBulk: operation({
    id: 'cancelBulk',
    method: 'POST',
    path: '/v1/bulk/:id/cancel',
    tag: 'batches',
    summary: 'Cancel a bulk operation',
    description:
      'Ends the bulk operation: batches that it has not reached stay as they are. Repeating the request has no effect.',
    permission: 'batches:write',
    gate: 'critical',
    params: BulkParams,
    answers: oneBulk,
    errors: ['SLUICE_BULK_NOT_FOUND', 'SLUICE_BULK_STATE'],
  }),
}
