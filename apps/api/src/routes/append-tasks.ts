import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AppendTasksBody } from '@sluice/contracts'
import {
  appendTasks,
  type AppendResult,
  chunkTasks,
  MAX_CHUNK_BYTES,
  MAX_CHUNK_TASKS,
  resolveBatchId,
  SluiceError,
} from '@sluice/engine'
import type { ApiContext } from '../api-context.ts'
import { RequestInvalidError } from '../errors/api-errors.ts'
import type { Metrics } from '../metrics.ts'
import { NDJSON } from '../ndjson/media-type.ts'
import { TaskUpload } from '../ndjson/task-upload.ts'
import { appendTasksOperation } from '../operations/tasks.ts'
import { findOversizedTasks, taskEnvelopes } from './task-envelopes.ts'

/** `POST /v1/batches/:id/tasks`: the way in for tasks. */
export const appendTasksRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, context) => {
  const { engine, metrics, maxTaskBytes } = context
  app.addContentTypeParser(NDJSON, async (_request: unknown, stream: Readable) => stream)

  app.post(
    '/batches/:id/tasks',
    { schema: appendTasksOperation },
    async ({ body: sent, params, query: { offset } }) => {
      const body = sent as Readable | AppendTasksBody | undefined
      if (body === undefined) throw new RequestInvalidError([{ path: 'body', message: 'is missing' }])
      const id = await resolveBatchId(engine, params.id)

      if (Array.isArray(body)) return await append(context, id, chunkTasks(readArray(body, maxTaskBytes)), offset)
      const upload = new TaskUpload(body, {
        maxTaskBytes,
        maxChunkTasks: MAX_CHUNK_TASKS,
        maxChunkBytes: MAX_CHUNK_BYTES,
      })
      try {
        return await append(context, id, upload.chunks(), offset)
      } finally {
        metrics.uploadBytes.inc(upload.bytesRead)
      }
    },
  )
}

function readArray(tasks: AppendTasksBody, maxTaskBytes: number): string[] {
  const envelopes = taskEnvelopes(tasks)
  const errors = findOversizedTasks(envelopes, maxTaskBytes, 'body')
  if (errors.length > 0) throw new RequestInvalidError(errors)
  return envelopes
}

async function append(
  { engine, metrics }: ApiContext,
  batchId: string,
  chunks: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  offset: number | undefined,
): Promise<AppendResult> {
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
