/** Unfinished tasks by state. Those of a lease that have not started count as pending. */
export interface UnfinishedTasks {
  pending: number
  delayed: number
  running: number
}

/** Unfinished tasks of active batches, by queue. A queue without any is left out. */
export type TaskTally = Readonly<Record<string, UnfinishedTasks>>

/** Adds the tasks of a batch to those of its queue. */
export function addToTally(tally: Record<string, UnfinishedTasks>, queue: string, tasks: UnfinishedTasks): void {
  const { pending, delayed, running } = tally[queue] ?? { pending: 0, delayed: 0, running: 0 }
  tally[queue] = {
    pending: pending + tasks.pending,
    delayed: delayed + tasks.delayed,
    running: running + tasks.running,
  }
}
