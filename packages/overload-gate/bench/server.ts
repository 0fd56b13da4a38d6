import { monitorEventLoopDelay } from 'node:perf_hooks'
import { work } from './fixed-work.ts'
import { serveExpress } from './serve-express.ts'
import { serveFastify } from './serve-fastify.ts'
import type { Variant } from './variants.ts'

/*
 * The server under load, in its own process. The parent chooses the guard. It requests reports over IPC, because HTTP
 * may be overloaded.
 */

export type Framework = 'fastify' | 'express'

export interface ServerSetup {
  framework: Framework
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

const { framework, variant, stepsPerPhase } = JSON.parse(process.argv[2] ?? '') as ServerSetup
const port = await (framework === 'express' ? serveExpress : serveFastify)(variant, () => work(stepsPerPhase))

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
process.send?.({ port })
