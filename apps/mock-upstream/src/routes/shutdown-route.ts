import type { FastifyPluginCallback } from 'fastify'

/** `POST /shutdown`: answers, then stops the server. */
export const shutdownRoute: FastifyPluginCallback<{ stop: () => void }> = (app, { stop }, done) => {
  app.post('/shutdown', (_request, reply) => {
    // Only when the answer has left, or its client has: stopping closes every connection.
    reply.raw.once('close', stop)
    reply.header('connection', 'close').send({ status: 'shutting_down' })
  })
  done()
}
