import { Readable } from 'node:stream'
import { mediaTypes, operations } from '@sluice/contracts'
import {
  appendTasks,
  BatchNotFoundError,
  type Engine,
  readRunSettings,
  type AppendResult,
  chunkTasks,
  sealBatch,
  SluiceError,
} from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { refuseIdempotencyKey } from '../http/refuse-idempotency-key.ts'
import { route } from '../http/route.ts'
import { registerTaskBodies } from '../http/bodies/task-bodies.ts'
import { uploadCodingOf } from '../http/bodies/upload-coding.ts'
import type { BodyShare } from '../intake/body-budget.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { type JsonTasks, taskErrors } from '../intake/json-tasks/read-json-tasks.ts'
import { openUpload } from '../intake/ndjson/open-upload.ts'
import type { UploadCoding } from '../intake/ndjson/upload-body.ts'
import type { Metrics } from '../metrics.ts'

/** The route that appends tasks, sent as a JSON array or as NDJSON. */
export const appendTasksRoute: FastifyPluginAsync<ApiContext> = async (app, context) => {
  app.addContentTypeParser(mediaTypes.ndjson, async (_request: unknown, stream: Readable) => stream)
  registerTaskBodies(app, { ...context, place: 'body', timeoutMs: context.bounds.bodyTimeoutMs })

  route(app, operations.appendTasks, async ({ body, params, query: { offset, seal }, headers, bodyShare: share }) => {
    refuseIdempotencyKey(headers, 'Send ?offset=, which makes an append safe to repeat')
    const sent = body as unknown as Readable | JsonTasks | undefined
    const { id: batchId } = params
    const result =
      sent instanceof Readable
        ? await appendUpload(context, batchId, { stream: sent, coding: uploadCodingOf(headers), share, offset })
        : await appendArray(context, batchId, { sent, offset })
    if (seal === true) await sealBatch(context.engine, batchId)
    return result
  })
}

async function appendArray(
  context: ApiContext,
  batchId: string,
  { sent, offset }: { sent: JsonTasks | undefined; offset: number | undefined },
): Promise<AppendResult> {
  const tasks = checkForm(sent)
  const errors = taskErrors(sent, await readType(context.engine, batchId))
  if (errors.length > 0) throw new RequestInvalidError(errors)
  return await append(context, { batchId, chunks: chunkTasks(tasks), offset })
}

/** NDJSON that arrives. */
interface Upload {
  stream: Readable
  coding: UploadCoding | undefined
  share: BodyShare
  offset: number | undefined
}

async function appendUpload(
  context: ApiContext,
  batchId: string,
  { stream, coding, share, offset }: Upload,
): Promise<AppendResult> {
  const { engine, metrics, maxTaskBytes, bounds } = context
  const upload = openUpload({
    stream,
    coding,
    share,
    batchType: await readType(engine, batchId),
    maxTaskBytes,
    stallMs: bounds.stallMs,
    consequence: 'The tasks counted in "accepted" were kept, later ones were not.',
  })
  try {
    return await append(context, { batchId, chunks: upload.chunks(), offset })
  } finally {
    metrics.uploadBytes.inc(upload.bytesRead)
  }
}

/** The type of a batch, which never changes. Throws `BatchNotFoundError`. */
async function readType(engine: Engine, batchId: string): Promise<string> {
  const settings = await readRunSettings(engine, batchId)
  if (settings === undefined) throw new BatchNotFoundError(batchId)
  return settings.type
}

/** The tasks of an array. Throws `RequestInvalidError` with what is wrong with them in a batch of any type. */
function checkForm(sent: JsonTasks | undefined): string[] {
  const errors = sent?.errors ?? []
  if (errors.length > 0) throw new RequestInvalidError(errors)
  if (sent === undefined) throw new RequestInvalidError([{ path: 'body', message: 'is missing' }])
  if (!Array.isArray(sent.rest)) throw new RequestInvalidError([{ path: 'body', message: 'must be an array' }])
  if (sent.envelopes.length === 0) {
    throw new RequestInvalidError([{ path: 'body', message: 'must have at least 1 element', value: [] }])
  }
  return sent.envelopes
}

/** Tasks on their way into a batch. */
interface Append {
  batchId: string
  chunks: AsyncIterable<readonly string[]> | Iterable<readonly string[]>
  offset: number | undefined
}

async function append({ engine, metrics }: ApiContext, { batchId, chunks, offset }: Append): Promise<AppendResult> {
  try {
    const result = await appendTasks(engine, batchId, chunks, { offset })
    metrics.tasksAccepted.inc(result.accepted)
    return result
  } catch (error) {
    countAccepted(metrics, error)
    throw error
  }
}

function countAccepted(metrics: Metrics, error: unknown): void {
  if (error instanceof SluiceError) metrics.tasksAccepted.inc(Number(error.details.accepted ?? 0))
}
