import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fastify } from 'fastify'
import { work } from './fixed-work.ts'
import { install, type Variant } from './variants.ts'

/*
 * The server under load, in its own process. The parent chooses the guard. It requests reports over IPC, because HTTP
 * may be overloaded.
 */

export interface ServerSetup {
  variant: Variant
  stepsPerPhase: number
}

/** What the server has measured since its previous report. */
export interface ServerReport {
  /** The longest tick of the event loop, in ms. */
  longestStallMs: number
  /** Processor time, in ms. */
  cpuMs: number
}

const { variant, stepsPerPhase } = JSON.parse(process.argv[2] ?? '') as ServerSetup
const app = fastify()
await install(app, variant)
app.get('/work', async () => {
  await work(stepsPerPhase)
  return { ok: true }
})
app.get('/trivial', async () => ({ ok: true }))
await app.listen({ host: '127.0.0.1', port: 0, backlog: 1024 })

// Timers cannot fire during a long tick, so this mode measures each tick instead.
const delay = monitorEventLoopDelay({ samplePerIteration: true })
delay.enable()
let cpu = process.cpuUsage()

process.on('message', () => {
  const { user, system } = process.cpuUsage(cpu)
  cpu = process.cpuUsage()
  process.send?.({ longestStallMs: delay.max / 1e6, cpuMs: (user + system) / 1000 } satisfies ServerReport)
  delay.reset()
})
process.on('disconnect', () => process.exit())
const address = app.server.address() as { port: number }
process.send?.({ port: address.port })
