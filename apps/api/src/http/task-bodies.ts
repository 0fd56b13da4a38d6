import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { type JsonTasksLimits, readJsonTasks } from '../intake/json-tasks/read-json-tasks.ts'
import { compileRequestValidator } from './request-validator.ts'

/**
 * Makes the JSON bodies of one plugin's routes arrive as `JsonTasks`, up to `maxBodyBytes`. They are checked while they
 * are read, and what is left to check is up to the handler.
 */
export function registerTaskBodies(
  app: FastifyInstance,
  { maxBodyBytes, ...limits }: JsonTasksLimits & { maxBodyBytes: number },
): void {
  app.addHook('onRoute', (route) => {
    route.bodyLimit = maxBodyBytes
  })
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    readJsonTasks(body, limits),
  )
  app.setValidatorCompiler<TSchema>((part) => (part.httpPart === 'body' ? () => true : compileRequestValidator(part)))
}
