import type { FastifyPluginCallback } from 'fastify'

/** `POST /shutdown`: answers, then stops the server. */
export const shutdownRoute: FastifyPluginCallback<{ stop: () => void }> = (app, { stop }, done) => {
  app.post('/shutdown', (_request, reply) => {
    // Stopping closes every connection, so it waits until the response is sent or the client has disconnected.
    reply.raw.once('close', stop)
    reply.header('connection', 'close').send({ status: 'shutting_down' })
  })
  done()
}
