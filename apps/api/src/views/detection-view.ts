import type { DetectionView } from '@sluice/contracts'
import type { Detection } from '@sluice/engine'
import { isoOrNull } from './iso-or-null.ts'

/** A detection as the API shows it. */
export function detectionView(detection: Detection): DetectionView {
  const { id, state, queue, method, url, headerNames, budgets, error } = detection
  return {
    id,
    state,
    queue,
    method,
    url,
    headerNames,
    budgets: budgets as DetectionView['budgets'],
    createdAt: detection.createdAt.toISOString(),
    startedAt: isoOrNull(detection.startedAt),
    finishedAt: isoOrNull(detection.finishedAt),
    progress: detection.progress as DetectionView['progress'],
    result: detection.result as DetectionView['result'],
    error,
  }
}
