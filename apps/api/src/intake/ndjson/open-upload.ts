import type { Readable } from 'node:stream'
import { MAX_CHUNK_BYTES, MAX_CHUNK_TASKS } from '@sluice/engine'
import type { BodyShare } from '../body-budget.ts'
import { TaskUpload, type TaskUploadLimits } from './task-upload.ts'

/** An upload of NDJSON, and what it may hold besides the chunks that the engine takes. */
export interface UploadRequest extends Omit<TaskUploadLimits, 'maxChunkTasks' | 'maxChunkBytes'> {
  stream: Readable
  share: BodyShare
}

/** Opens an upload in chunks that the engine takes. */
export function openUpload({ stream, share, ...limits }: UploadRequest): TaskUpload {
  const chunks = { maxChunkTasks: MAX_CHUNK_TASKS, maxChunkBytes: MAX_CHUNK_BYTES }
  return new TaskUpload(stream, { ...limits, ...chunks }, share)
}
