import { mediaTypes, MERGE_PATCH_MEDIA_TYPE } from '@sluice/contracts'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { type JsonTasksLimits, readJsonTasks } from '../../intake/json-tasks/read-json-tasks.ts'
import { compileRequestValidator } from '../request-validator.ts'
import { parseJson } from './json-bodies.ts'

/** What a JSON body with tasks may hold, and how long it may take to arrive. */
export interface TaskBodiesOptions extends JsonTasksLimits {
  maxBodyBytes: number
  timeoutMs: number
}

/**
 * Makes the JSON bodies of one plugin's routes arrive as `JsonTasks`, up to `maxBodyBytes`. They are checked while they
 * are read, and what is left to check is up to the handler.
 */
export function registerTaskBodies(
  app: FastifyInstance,
  { maxBodyBytes, timeoutMs, ...limits }: TaskBodiesOptions,
): void {
  app.addHook('onRoute', (route) => {
    route.bodyLimit = maxBodyBytes
  })
  app.removeContentTypeParser([mediaTypes.json, MERGE_PATCH_MEDIA_TYPE])
  parseJson(app, timeoutMs, (bytes) => readJsonTasks(bytes, limits))
  app.setValidatorCompiler<TSchema>((part) => (part.httpPart === 'body' ? () => true : compileRequestValidator(part)))
}
