import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { FastifyGateOptions, GateStats } from '../src/index.ts'
import { RawClient, requestText } from './support/raw-client.ts'

/*
 * Real load on real processes. As the machine may be busy with other work, each test compares the gate with a server without
 * one at about the same time.
 */

interface Answer {
  status: number
  latencyMs: number
}

interface Outcome {
  answers: Answer[]
  longestStallMs: number
  stats: GateStats
}

/** Sends requests all at once over connections that are open already. */
async function burst(count: number, options: FastifyGateOptions): Promise<Outcome> {
  const server = fork(new URL('support/loaded-server.ts', import.meta.url), [JSON.stringify(options)], { execArgv: [] })
  try {
    const { port } = await nextMessage<{ port: number }>(server)
    const clients = await Promise.all(Array.from({ length: count }, () => RawClient.connect(port)))
    await warmUp(port)
    await ask(server)

    const answers = await Promise.all(clients.map((client) => request(client)))
    return { answers, ...(await ask(server)) }
  } finally {
    server.kill('SIGKILL')
  }
}

async function request(client: RawClient): Promise<Answer> {
  const sentAt = performance.now()
  client.write(requestText('GET', '/'))
  const status = await client.status()
  client.destroy()
  return { status, latencyMs: performance.now() - sentAt }
}

async function warmUp(port: number): Promise<void> {
  for (let count = 0; count < 20; count += 1) await request(await RawClient.connect(port))
}

async function ask(server: ChildProcess): Promise<Omit<Outcome, 'answers'>> {
  server.send({})
  return await nextMessage(server)
}

async function nextMessage<Message>(server: ChildProcess): Promise<Message> {
  const [message] = (await once(server, 'message', { signal: AbortSignal.timeout(15_000) })) as [Message]
  return message
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

test('a burst is served in full, without the long stall that it causes without the gate', async () => {
  const ungated = await burst(200, { enabled: false })
  const limitMs = Math.max(150, ungated.longestStallMs / 2)

  const gated = await shortestStall(3, limitMs)

  const served = gated.answers.filter(({ status }) => status === 200)
  expect(served.length).toBeGreaterThanOrEqual(198)
  expect(gated.stats.buffered).toBeGreaterThan(100)
  expect(gated.longestStallMs).toBeLessThan(limitMs)
}, 60_000)

/** Other work on the machine can only make a stall longer, so the shortest of a few is the gate's. */
async function shortestStall(attempts: number, limitMs: number): Promise<Outcome> {
  const gated = await burst(200, { maxWaitMs: 10_000 })
  return gated.longestStallMs < limitMs || attempts === 1 ? gated : await shortestStall(attempts - 1, limitMs)
}

test('what cannot be served in time is refused sooner than it would be answered without the gate', async () => {
  const gated = await burst(500, { maxWaitMs: 300 })
  const ungated = await burst(500, { enabled: false })

  const refused = gated.answers.filter(({ status }) => status === 503)
  expect(refused.length).toBeGreaterThan(100)
  expect(refused.length).toBeLessThan(500)
  expect(median(refused.map(({ latencyMs }) => latencyMs))).toBeLessThan(
    median(ungated.answers.map(({ latencyMs }) => latencyMs)),
  )
}, 60_000)

test('a process whose requests have been answered is idle', async () => {
  const server = fork(new URL('support/loaded-server.ts', import.meta.url), ['{}'], { execArgv: [] })
  try {
    const { port } = await nextMessage<{ port: number }>(server)
    await warmUp(port)
    await ask(server)
    // Time in which a tick that always schedules the next one would be noticed.
    await sleep(500)

    const { stats } = await ask(server)

    expect(stats).toMatchObject({ state: 'open', active: 0 })
    expect(stats.eventLoopUtilization).toBeLessThan(0.2)
  } finally {
    server.kill('SIGKILL')
  }
})
