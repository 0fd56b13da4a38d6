import { type Static, Type } from 'typebox'
import { BatchOutcome, BatchState, BatchView } from './batch.ts'
import { Cursor, NextCursor, pageSize } from './paging.ts'
import { patterns } from './patterns.ts'
import { QueueName } from './queue.ts'
import { TaskType } from './task-line.ts'
import { TenantName } from './tenant.ts'

/** Rows of a page of batches if the client does not say. */
export const DEFAULT_BATCHES_PER_PAGE = 50

/** Which batches to list. */
export const ListBatchesQuery = Type.Object(
  {
    state: Type.Optional({ ...BatchState, description: 'Return only batches in this state.' }),
    outcome: Type.Optional({ ...BatchOutcome, description: 'Return only batches with this outcome.' }),
    type: Type.Optional({ ...TaskType, description: 'Return only batches of this type.' }),
    queue: Type.Optional({ ...QueueName, description: 'Return only batches of this queue.' }),
    tenant: Type.Optional({ ...TenantName, description: 'Return only batches of this tenant.' }),
    codePrefix: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: patterns.code,
        description: 'Return only batches whose code begins with this.',
      }),
    ),
    createdAfter: Type.Optional(
      Type.String({ pattern: patterns.time, description: 'Return only batches created at this time or later.' }),
    ),
    createdBefore: Type.Optional(
      Type.String({ pattern: patterns.time, description: 'Return only batches created before this time.' }),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 500 }), {
        maxProperties: 10,
        description:
          'Return only batches with these values in their metadata, each as `metadata.<name>=<value>`: a text, or the JSON ' +
          'of a number, a boolean or null.',
      }),
    ),
    pageSize: Type.Optional(pageSize(DEFAULT_BATCHES_PER_PAGE, 200)),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)
export type ListBatchesQuery = Static<typeof ListBatchesQuery>

/** A page of batches, newest first. */
export const BatchList = Type.Object(
  { batches: Type.Array(BatchView, { description: 'The batches, newest first.' }), nextCursor: NextCursor },
  { title: 'BatchList', additionalProperties: false },
)
export type BatchList = Static<typeof BatchList>
