/** What a pass of the reconciler repaired. All zero when there was nothing to do. */
export interface ReconcileCounts {
  /** Tickets that active batches should have had and did not have. */
  ticketsIssued: number
  /** Batches that an index listed in the wrong place. */
  batchesIndexed: number
  /** Drafts of processes that died while they created a batch. */
  draftsDiscarded: number
  /** Batches sealed because no client sealed them in the time allowed. */
  batchesSealed: number
  /** Batches whose `maxBatchRuntimeMs` had passed unnoticed. */
  batchesInterrupted: number
  /** Finished batches deleted because their retention had ended, and deletions that a crash had cut short. */
  batchesDeleted: number
}

/** A part of these counts; what is left out is zero. */
export type Repairs = Partial<ReconcileCounts>

const NONE: ReconcileCounts = {
  ticketsIssued: 0,
  batchesIndexed: 0,
  draftsDiscarded: 0,
  batchesSealed: 0,
  batchesInterrupted: 0,
  batchesDeleted: 0,
}

const NAMES = Object.keys(NONE) as (keyof ReconcileCounts)[]

/** The sum of counts. */
export function addRepairs(...counts: (Repairs | undefined)[]): ReconcileCounts {
  const total = { ...NONE }
  for (const repairs of counts) {
    for (const name of NAMES) total[name] += repairs?.[name] ?? 0
  }
  return total
}
