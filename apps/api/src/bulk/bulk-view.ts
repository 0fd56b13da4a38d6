import type { BulkView } from '@sluice/contracts'
import type { BulkOperation } from '@sluice/engine'

/** A bulk operation as the API answers it. */
export function bulkView(operation: BulkOperation, { hasMore }: { hasMore: boolean }): BulkView {
  const { id, action, filter, state, total, done, skipped, tasks, skips, reason, createdBy } = operation
  return {
    id,
    action,
    filter: filter as BulkView['filter'],
    state,
    total,
    done,
    skipped,
    tasks,
    skips,
    hasMore,
    reason,
    createdBy,
    createdAt: operation.createdAt.toISOString(),
    finishedAt: operation.finishedAt?.toISOString() ?? null,
  }
}
