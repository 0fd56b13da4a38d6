import type { FastifyInstance } from 'fastify'
import { type JsonTasksLimits, readJsonTasks } from './read-json-tasks.ts'

/** Makes the JSON bodies of the routes of one plugin arrive as `JsonTasks`, of up to `maxBodyBytes`. */
export function registerJsonTasks(
  app: FastifyInstance,
  { maxBodyBytes, ...limits }: JsonTasksLimits & { maxBodyBytes: number },
): void {
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: maxBodyBytes },
    async (_request: unknown, body: Buffer) => readJsonTasks(body, limits),
  )
}
