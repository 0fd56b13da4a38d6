import {
  type CreateBatchBody,
  MAX_METADATA_BYTES,
  type RequestErrorView,
  type RetryBody,
  type UpdateBatchBody,
} from '@sluice/contracts'
import { RequestInvalidError } from '../errors/api-errors.ts'
import { showValue } from '../show-value.ts'
import { findOversizedTasks } from './task-envelopes.ts'

/** Checks what the schema of a batch cannot say. Throws `RequestInvalidError` naming everything that is wrong. */
export function checkSubmission(body: CreateBatchBody, envelopes: readonly string[], maxTaskBytes: number): void {
  const errors = [
    ...checkMetadata(body.metadata),
    ...checkRetry(body.retry),
    ...findOversizedTasks(envelopes, maxTaskBytes, 'body/tasks'),
  ]
  if (errors.length > 0) throw new RequestInvalidError(errors)
}

/** Checks what the schema of a change cannot say. Throws `RequestInvalidError`. */
export function checkUpdate(body: UpdateBatchBody): void {
  const errors = checkMetadata(body.metadata)
  if (errors.length > 0) throw new RequestInvalidError(errors)
}

function checkMetadata(metadata: unknown): RequestErrorView[] {
  const bytes = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata))
  if (bytes <= MAX_METADATA_BYTES) return []
  const message = `must be at most ${MAX_METADATA_BYTES} bytes of JSON; it is ${bytes}`
  return [{ path: 'body/metadata', message, value: showValue(metadata) }]
}

/** A single bound is taken as it is; the queue's other one gives way. */
export function checkRetry({ minDelayMs, maxDelayMs }: RetryBody = {}): RequestErrorView[] {
  if (minDelayMs === undefined || maxDelayMs === undefined || minDelayMs <= maxDelayMs) return []
  return [{ path: 'body/retry/minDelayMs', message: `must be at most maxDelayMs, ${maxDelayMs}`, value: minDelayMs }]
}
