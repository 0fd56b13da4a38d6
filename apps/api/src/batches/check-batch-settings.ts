import { CreateBatchBody, MAX_METADATA_BYTES, type RequestErrorView, type UpdateBatchBody } from '@sluice/contracts'
import { Compile } from 'typebox/compile'
import { findErrors } from '../http/request-validator.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import type { JsonTasks } from '../intake/json-tasks/read-json-tasks.ts'
import { taskErrors } from '../intake/json-tasks/read-json-tasks.ts'
import { showValue } from '../intake/show-value.ts'
import { checkRetryPolicy } from '../queues/check-retry-policy.ts'

const validator = Compile(CreateBatchBody)

/** The settings of a new batch. Throws `RequestInvalidError` with everything that is wrong with them and the tasks. */
export function checkSubmission(sent: JsonTasks | undefined): Omit<CreateBatchBody, 'tasks'> & { sealed: boolean } {
  const body = sent?.rest
  const errors = [...checkSettings(body), ...taskErrors(sent, (body as CreateBatchBody | undefined)?.type)]
  if (errors.length > 0) throw new RequestInvalidError(errors)
  const { tasks, ...settings } = body as CreateBatchBody
  return { ...settings, sealed: settings.sealed ?? tasks !== undefined }
}

function checkSettings(body: unknown): RequestErrorView[] {
  if (!validator.Check(body)) return findErrors(validator, body, 'body')
  return [...checkMetadata(body.metadata), ...checkRetryPolicy(body.retry)]
}

/** Checks what the schema of an update cannot. Throws `RequestInvalidError`. */
export function checkUpdate(body: UpdateBatchBody): void {
  const errors = [...checkMetadata(body.metadata), ...checkRetryPolicy(body.retry)]
  if (errors.length > 0) throw new RequestInvalidError(errors)
}

function checkMetadata(metadata: unknown): RequestErrorView[] {
  const bytes = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata))
  if (bytes <= MAX_METADATA_BYTES) return []
  const message = `must be at most ${MAX_METADATA_BYTES} bytes of JSON, but is ${bytes} bytes`
  return [{ path: 'body/metadata', message, value: showValue(metadata) }]
}
