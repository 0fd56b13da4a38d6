import { fastifyUnderPressure } from '@fastify/under-pressure'
import { fastify, type FastifyInstance } from 'fastify'
import { overloadGate } from '../src/index.ts'
import { loadTooBusy } from './load-toobusy.ts'
import type { Variant } from './variants.ts'

/** Serves work behind a guard with Fastify, and returns the port. */
export async function serveFastify(variant: Variant, work: () => Promise<void>): Promise<number> {
  const app = fastify()
  await install(app, variant)
  app.get('/work', async () => {
    await work()
    return { ok: true }
  })
  app.get('/trivial', async () => ({ ok: true }))
  await app.listen({ host: '127.0.0.1', port: 0, backlog: 1024 })
  return (app.server.address() as { port: number }).port
}

/** Installs the guard before all routes of a server. */
async function install(app: FastifyInstance, variant: Variant): Promise<void> {
  if (variant.kind === 'overload-gate') await app.register(overloadGate)
  if (variant.kind === 'under-pressure') await app.register(fastifyUnderPressure, variant.options)
  if (variant.kind === 'toobusy') {
    const isTooBusy = loadTooBusy(variant)
    app.addHook('onRequest', async (_request, reply) => {
      if (isTooBusy()) return await reply.code(503).header('retry-after', 1).send({ code: 'OVERLOADED' })
    })
  }
}
