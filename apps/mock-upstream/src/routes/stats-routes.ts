import type { FastifyPluginCallback } from 'fastify'
import { allServices, type ServerState } from '../server-state.ts'

/** `GET /stats` and `DELETE /stats`: the record of arrivals, by which tests judge their workers. */
export const statsRoutes: FastifyPluginCallback<{ state: ServerState }> = (app, { state }, done) => {
  app.get('/stats', (_request, reply) => {
    reply.send(Object.fromEntries(allServices(state).map((service) => [service.name, service.stats()])))
  })

  app.delete('/stats', (_request, reply) => {
    for (const service of allServices(state)) service.clearStats()
    reply.send({ status: 'cleared' })
  })
  done()
}
