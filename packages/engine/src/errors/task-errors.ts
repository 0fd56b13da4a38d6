import { SluiceError } from './sluice-error.ts'

export class TaskNotFoundError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_TASK_NOT_FOUND'

  constructor(batchId: string, seq: number, total: number) {
    super(`Batch "${batchId}" has no task ${seq}. It has ${total} tasks, numbered from 0.`)
  }
}

/** What a retry asked for. */
interface RefusedRetry {
  failureClass?: string | undefined
  group?: { failureClass: string; status: number | null; message: string } | undefined
  seqs?: readonly number[] | undefined
}

export class NothingToRetryError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_NOTHING_TO_RETRY'

  constructor(batchId: string, { failureClass, group, seqs }: RefusedRetry) {
    const ofClass = failureClass === undefined ? '' : ` with failure class "${failureClass}"`
    const status = group?.status == null ? '' : ` ${group.status}`
    const ofGroup = group === undefined ? '' : ` in the group "${group.failureClass}${status}: ${group.message}"`
    super(
      `Batch "${batchId}" has no failed task${ofClass}${ofGroup}${seqs === undefined ? '' : ' among the seqs given'}.`,
    )
  }
}

export class OffsetGapError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_OFFSET_GAP'

  constructor(batchId: string, offset: number, total: number) {
    super(`Offset ${offset} leaves a gap. Batch "${batchId}" has ${total} tasks, so the next offset is ${total}.`)
    this.details.total = total
  }
}

/** An upload with an offset has another task than the batch already holds in its place. */
export class TasksDifferError extends SluiceError {
  readonly kind = 'conflict'
  readonly code = 'SLUICE_TASKS_DIFFER'

  constructor(batchId: string, seq: number) {
    super(
      `Task ${seq} of batch "${batchId}" differs from the task that this upload has in its place. Compare the offset and ` +
        'the file with those of the first upload.',
    )
    this.details.seq = seq
  }
}

export class BatchTooLargeError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_BATCH_TOO_LARGE'

  constructor(taskCount: number, maxTasks: number) {
    super(`A batch holds at most ${maxTasks} tasks; this request would bring it to ${taskCount}.`)
    this.details.maxTasks = maxTasks
  }
}

export class TooManyTypesError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_TOO_MANY_TYPES'

  constructor(batchId: string, maxTypes: number) {
    super(`Batch "${batchId}" cannot have tasks of more than ${maxTypes} types. Distribute them over several batches.`)
    this.details.maxTypes = maxTypes
  }
}
