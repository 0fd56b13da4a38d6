/** Counts of the repairs that a pass of the reconciler made. */
export interface ReconcileCounts {
  /** Jobs of dead workers that returned to their queues only now. */
  jobsReleased: number
  /** Tickets that batches lacked. */
  ticketsIssued: number
  /** Batches whose index entries did not match them. */
  batchesIndexed: number
  /** Drafts of processes that died while creating a batch. */
  draftsDiscarded: number
  /** Batches sealed because no client sealed them within `unsealedExpiryMs`. */
  batchesSealed: number
  /** Batches interrupted by a criterion, such as a `maxBatchRuntimeMs` whose deadline was lost. */
  batchesInterrupted: number
  /** Finished batches deleted after their retention, and deletions completed after a crash. */
  batchesDeleted: number
  /** Queues whose concurrency or pause in BullMQ was not what their settings say, and deleted queues that had keys. */
  queuesRepaired: number
  /** Limits whose ledger had other settings than the registry. */
  limitsRepaired: number
  /** Pending detections that had no job. */
  detectionsQueued: number
}

/** A partial set of counts. Omitted counts are zero. */
export type Repairs = Partial<ReconcileCounts>

const NONE: ReconcileCounts = {
  jobsReleased: 0,
  ticketsIssued: 0,
  batchesIndexed: 0,
  draftsDiscarded: 0,
  batchesSealed: 0,
  batchesInterrupted: 0,
  batchesDeleted: 0,
  queuesRepaired: 0,
  limitsRepaired: 0,
  detectionsQueued: 0,
}

const NAMES = Object.keys(NONE) as (keyof ReconcileCounts)[]

/** Adds counts. */
export function addRepairs(...counts: (Repairs | undefined)[]): ReconcileCounts {
  const total = { ...NONE }
  for (const repairs of counts) {
    for (const name of NAMES) total[name] += repairs?.[name] ?? 0
  }
  return total
}
