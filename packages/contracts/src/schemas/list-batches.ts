import { type Static, Type } from 'typebox'
import { BatchOutcome, BatchState, BatchView } from './batch.ts'
import { Cursor, NextCursor, pageSize } from './paging.ts'
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
