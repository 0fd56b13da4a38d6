import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import express5 from 'express'
import express4 from 'express4'
import { fastify, type FastifyInstance } from 'fastify'
import { connectGateOn } from '../../src/connect/connect-gate.ts'
import { overloadGateOn } from '../../src/fastify/overload-gate.ts'
import { classOfPath, get, type AppSetup, type Framework, type OpenApp } from './busy-app.ts'

/** The frameworks that the gate supports. Each passes the same tests. */
export const FRAMEWORKS: readonly Framework[] = [
  fastifyOver(() => fastify({ forceCloseConnections: true })),
  { name: 'Express 5', open: (setup) => openExpress(express5(), setup) },
  { name: 'Express 4', open: (setup) => openExpress(express4(), setup) },
]

/** Fastify with options of its own. */
export function fastifyOver(create: () => FastifyInstance): Framework {
  return { name: 'Fastify', open: (setup) => openFastify(create(), setup) }
}

async function openFastify(app: FastifyInstance, { gate, before, context, loop, echo }: AppSetup): Promise<OpenApp> {
  if (before) app.addHook('onRequest', (request, reply, done) => before(request.raw, reply.raw, done))
  await app.register(
    overloadGateOn(() => loop),
    gate ?? {},
  )
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.get('/first', async () => ({}))
  app.get('/context', async () => ({ seen: context?.() }))
  for (const path of ['/health', '/critical', '/sheddable', '/normal/*'])
    app.all(path, { config: { gate: classOfPath(path) } }, async ({ url, body }) =>
      echo(url, body as AsyncIterable<Uint8Array> | undefined),
    )
  await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    port: (app.server.address() as AddressInfo).port,
    serveFirst: () => app.inject('/first'),
    stats: () => app.overloadGate.stats(),
    sheddingForMs: () => app.overloadGate.status().sheddingForMs,
    close: () => app.close(),
  }
}

async function openExpress(
  app: ReturnType<typeof express5>,
  { gate: options, before, context, loop, echo }: AppSetup,
): Promise<OpenApp> {
  const gate = connectGateOn(loop, { ...options, classOf: ({ url }) => classOfPath(url), onError: () => {} })
  if (before) app.use(before)
  app.use(gate)
  app.use((request: IncomingMessage, response: ServerResponse) => {
    void answer(request.url ?? '', request).then((body) => response.end(JSON.stringify(body)))
  })
  const answer = async (path: string, body: IncomingMessage): Promise<object> => {
    if (path === '/first') return {}
    return path === '/context' ? { seen: context?.() } : await echo(path, body)
  }
  const server: Server & { closeAllConnections(): void } = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  gate.guard(server)
  const { port } = server.address() as AddressInfo
  return {
    port,
    serveFirst: () => get(port, '/first'),
    stats: () => gate.stats(),
    sheddingForMs: () => gate.status().sheddingForMs,
    async close() {
      gate.close()
      await new Promise((resolve) => {
        server.close(resolve)
        setImmediate(() => server.closeAllConnections())
      })
    },
  }
}
