import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fastify } from 'fastify'
import { type FastifyGateOptions, overloadGate } from '../../src/index.ts'

/*
 * A server in a process of its own whose handlers compute, wait and compute. It sends its port, and answers each message with
 * the longest tick of its event loop.
 */

/** Steps of computing: some 2 ms on an idle core. A fixed number, so that being pre-empted is not work. */
const STEPS = 300_000

let sink = 1

function compute(): void {
  for (let step = 0; step < STEPS; step += 1) sink = (Math.imul(sink, 1_664_525) + 1_013_904_223) | 0
}

const options = JSON.parse(process.argv[2] ?? '{}') as FastifyGateOptions
const app = fastify({ forceCloseConnections: true })
await app.register(overloadGate, options)
app.get('/', async () => {
  compute()
  await sleep(5)
  compute()
  return { ok: true }
})
await app.listen({ port: 0, host: '127.0.0.1' })

const delay = monitorEventLoopDelay({ samplePerIteration: true })
delay.enable()
process.on('message', () => {
  process.send?.({ longestStallMs: delay.max / 1e6, stats: app.overloadGate.stats() })
  delay.reset()
})
process.on('disconnect', () => process.exit())
process.send?.({ port: (app.server.address() as AddressInfo).port })
