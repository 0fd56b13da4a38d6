import { Readable } from 'node:stream'
import { type CreateBatchQuery, mediaTypes, operations } from '@sluice/contracts'
import { createBatch, type Creation, DEFAULT_QUEUE } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { checkUsable } from '../auth/find-objects.ts'
import { tenantOf } from '../http/principal.ts'
import { traceparentOf } from '../http/request-id.ts'
import { type RequestOf, route } from '../http/route.ts'
import { registerTaskBodies } from '../http/bodies/task-bodies.ts'
import { uploadCodingOf } from '../http/bodies/upload-coding.ts'
import { fingerprint } from '../intake/fingerprint.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import type { JsonTasks } from '../intake/json-tasks/read-json-tasks.ts'
import { HashedChunks } from '../intake/ndjson/hashed-chunks.ts'
import { openUpload } from '../intake/ndjson/open-upload.ts'
import { batchView } from './batch-view.ts'
import { checkSubmission } from './check-batch-settings.ts'
import { sentStart } from './sent-start.ts'

type CreateRequest = RequestOf<typeof operations.createBatch>

/** The route that creates a batch: with or without tasks from JSON, or with all its tasks from NDJSON. */
export const createBatchRoute: FastifyPluginAsync<ApiContext> = async (app, context) => {
  app.addContentTypeParser(mediaTypes.ndjson, async (_request: unknown, stream: Readable) => stream)
  registerTaskBodies(app, { ...context, place: 'body/tasks', timeoutMs: context.bounds.bodyTimeoutMs })

  route(app, operations.createBatch, async (request, reply) => {
    const sent = request.body as unknown as Readable | JsonTasks | undefined
    const { batch, isNew } =
      sent instanceof Readable
        ? await createFromUpload(context, request, sent)
        : await createFromJson(context, request, sent)

    if (isNew) context.metrics.tasksAccepted.inc(batch.counts.total)
    reply.code(isNew ? 201 : 200).header('location', `/v1/batches/${batch.id}`)
    return batchView(batch)
  })
}

async function createFromJson(
  { engine }: ApiContext,
  request: CreateRequest,
  sent: JsonTasks | undefined,
): Promise<Creation> {
  refuseQuery(request.query)
  const settings = checkSubmission(sent)
  await checkUsable(engine, request, settings.queue ?? DEFAULT_QUEUE)
  const tasks = sent?.envelopes ?? []
  const key = request.headers['idempotency-key']
  const idempotency = key === undefined ? undefined : { key, fingerprint: await fingerprint(settings, tasks) }
  const startAt = sentStart('body/startAt', settings.startAt)
  const traceparent = traceparentOf(request.headers)
  const batch = { ...settings, startAt, tenant: tenantOf(request) }
  return await createBatch(engine, { ...batch, tasks, idempotency, traceparent })
}

async function createFromUpload(context: ApiContext, request: CreateRequest, stream: Readable): Promise<Creation> {
  const { engine, metrics, maxTaskBytes, bounds } = context
  const { seal: sealed = true, ...settings } = request.query
  const startAt = sentStart('query/startAt', settings.startAt)
  await checkUsable(engine, request, settings.queue ?? DEFAULT_QUEUE)
  const upload = openUpload({
    stream,
    share: request.bodyShare,
    coding: uploadCodingOf(request.headers),
    batchType: settings.type,
    maxTaskBytes,
    stallMs: bounds.stallMs,
    consequence: 'No batch was created.',
  })
  const tasks = new HashedChunks(upload.chunks(), { ...settings, sealed })
  const key = request.headers['idempotency-key']
  const idempotency = key === undefined ? undefined : { key, fingerprint: () => tasks.digest() }
  try {
    const traceparent = traceparentOf(request.headers)
    const batch = { ...settings, startAt, tenant: tenantOf(request), sealed }
    return await createBatch(engine, { ...batch, chunks: tasks.chunks(), idempotency, traceparent })
  } finally {
    metrics.uploadBytes.inc(upload.bytesRead)
  }
}

/** A JSON body says everything itself. */
function refuseQuery(query: CreateBatchQuery): void {
  const errors = Object.entries(query).map(([name, value]) => ({
    path: `query/${name}`,
    message: 'has no effect with a JSON body, which has members for all settings',
    value,
  }))
  if (errors.length > 0) throw new RequestInvalidError(errors)
}
