import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
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
import type { JsonTasks } from '../json-tasks/read-json-tasks.ts'
import { registerJsonTasks } from '../json-tasks/register-json-tasks.ts'
import type { Metrics } from '../metrics.ts'
import { NDJSON } from '../ndjson/media-type.ts'
import { TaskUpload } from '../ndjson/task-upload.ts'
import { appendTasksOperation } from '../operations/tasks.ts'
import { compileAllButBody } from '../request-validator.ts'

/** `POST /v1/batches/:id/tasks`: the way in for tasks. */
export const appendTasksRoutes: FastifyPluginAsyncTypebox<ApiContext> = async (app, context) => {
  const { engine, metrics, maxTaskBytes } = context
  app.addContentTypeParser(NDJSON, async (_request: unknown, stream: Readable) => stream)
  registerJsonTasks(app, { ...context, place: 'body' })

  app.post(
    '/batches/:id/tasks',
    { schema: appendTasksOperation, validatorCompiler: compileAllButBody },
    async ({ body: sent, params, query: { offset } }) => {
      const body = sent as Readable | JsonTasks | undefined
      if (!(body instanceof Readable)) {
        const chunks = chunkTasks(checkTasks(body))
        return await append(context, await resolveBatchId(engine, params.id), chunks, offset)
      }
      const id = await resolveBatchId(engine, params.id)
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

/** The tasks of an array; throws `RequestInvalidError` naming what is wrong with it. */
function checkTasks(sent: JsonTasks | undefined): string[] {
  const errors = sent?.errors ?? []
  if (errors.length > 0) throw new RequestInvalidError(errors)
  if (sent === undefined) throw new RequestInvalidError([{ path: 'body', message: 'is missing' }])
  if (!Array.isArray(sent.rest)) throw new RequestInvalidError([{ path: 'body', message: 'must be array' }])
  if (sent.envelopes.length === 0) throw new RequestInvalidError([{ path: 'body', message: 'holds no task' }])
  return sent.envelopes
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
