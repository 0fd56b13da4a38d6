import type { DetectionView } from '@sluice/contracts'
import { DEFAULT_TENANT, type Detection } from '@sluice/engine'

/** A detection as the API answers it. */
export function detectionView(detection: Detection): DetectionView {
  const { id, state, queue, method, url, headerNames, budgets, error } = detection
  return {
    id,
    state,
    ...(detection.tenant !== DEFAULT_TENANT && { tenant: detection.tenant }),
    queue,
    method,
    url,
    headerNames,
    budgets: budgets as DetectionView['budgets'],
    createdAt: detection.createdAt.toISOString(),
    startedAt: detection.startedAt?.toISOString() ?? null,
    finishedAt: detection.finishedAt?.toISOString() ?? null,
    progress: detection.progress as DetectionView['progress'],
    result: detection.result as DetectionView['result'],
    error,
  }
}
