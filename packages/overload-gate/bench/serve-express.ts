import { once } from 'node:events'
import express, { type Express } from 'express'
import { connectGate } from '../src/connect/index.ts'
import { loadTooBusy } from './load-toobusy.ts'
import type { Variant } from './variants.ts'

/** Serves work behind a guard with Express 5, and returns the port. */
export async function serveExpress(variant: Variant, work: () => Promise<void>): Promise<number> {
  const app = express()
  const gate = variant.kind === 'overload-gate' ? connectGate() : undefined
  if (gate) app.use(gate)
  if (variant.kind === 'toobusy') refuseIfTooBusy(app, variant)
  app.get('/work', async (_request, response) => {
    await work()
    response.json({ ok: true })
  })
  app.get('/trivial', (_request, response) => void response.json({ ok: true }))
  const server = app.listen(0, '127.0.0.1', 1024)
  gate?.guard(server)
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

function refuseIfTooBusy(app: Express, variant: Variant & { kind: 'toobusy' }): void {
  const isTooBusy = loadTooBusy(variant)
  app.use((_request, response, next) => {
    if (!isTooBusy()) return next()
    response.status(503).set('retry-after', '1').json({ code: 'OVERLOADED' })
  })
}
