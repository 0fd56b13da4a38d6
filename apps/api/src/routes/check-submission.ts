import {
  CreateBatchBody,
  MAX_METADATA_BYTES,
  type RequestErrorView,
  type RetryBody,
  type UpdateBatchBody,
} from '@sluice/contracts'
import { Compile } from 'typebox/compile'
import { RequestInvalidError } from '../errors/api-errors.ts'
import type { JsonTasks } from '../json-tasks/read-json-tasks.ts'
import { findErrors } from '../request-validator.ts'
import { showValue } from '../show-value.ts'

const validator = Compile(CreateBatchBody)

/** The settings of a new batch. Throws `RequestInvalidError` naming everything that is wrong with them and the tasks. */
export function checkSubmission(sent: JsonTasks | undefined): Omit<CreateBatchBody, 'tasks'> {
  const body = sent?.rest
  const errors = [...checkSettings(body), ...(sent?.errors ?? [])]
  if (errors.length > 0) throw new RequestInvalidError(errors)
  const { tasks: _, ...settings } = body as CreateBatchBody
  return settings
}

function checkSettings(body: unknown): RequestErrorView[] {
  if (!validator.Check(body)) return findErrors(validator, body, 'body')
  return [...checkMetadata(body.metadata), ...checkRetry(body.retry)]
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
