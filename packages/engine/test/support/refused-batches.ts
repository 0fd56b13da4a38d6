import { setTimeout as sleep } from 'node:timers/promises'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import { newBatch, type TestBatch } from './batches.ts'
import { completed, postponed } from './outcomes.ts'
import { seqsOf, TicketDriver } from './ticket-driver.ts'

export const MANY = 5
export const MINUTE_MS = 60_000

/** A delay policy whose pauses outlast a test. */
export const LONG = { minDelayMs: MINUTE_MS, maxDelayMs: 4 * MINUTE_MS }

export type Six<T> = [T, T, T, T, T, T, ...T[]]

/** A batch and its tickets: at least six. */
export interface Started {
  id: string
  tickets: Six<TicketDriver>
}

/** Creates a batch with tickets that each hold a task. */
export async function startBatch(engine: Engine, batch: TestBatch = {}, tickets = 6): Promise<Started> {
  const id = await newBatch(engine, { tasks: 100, concurrency: tickets, retry: LONG, ...batch })
  const drivers = range(tickets).map((ticket) => new TicketDriver(engine, id, { ticket }))
  for (const driver of drivers) await driver.lease(1)
  return { id, tickets: drivers as Six<TicketDriver> }
}

/** Starts a batch and has the upstream refuse all its calls. */
export async function refuseAll(engine: Engine, batch: TestBatch = {}, tickets = 6): Promise<Started> {
  const started = await startBatch(engine, batch, tickets)
  for (const [i, driver] of started.tickets.entries()) await driver.release([postponed(i)])
  return started
}

/** Ends a pause. The next lease is of a later millisecond than the pause. */
export async function endPause(engine: Engine, id: string): Promise<void> {
  await sleep(2)
  await engine.redis.hset(engine.keys.batch(id).meta, 'paused_until', 0)
}

/** Lets the next start of a batch with a pace come. */
export async function reachNextStart(engine: Engine, id: string): Promise<void> {
  await engine.redis.hset(engine.keys.batch(id).meta, 'next_start', 0)
}

/** Starts a batch that the upstream refuses until a probe is accepted, and has it start a task every five seconds. */
export async function reopen(engine: Engine, batch: TestBatch = {}, tickets = 6): Promise<Started> {
  const refused = await refuseAll(engine, batch, tickets)
  await endPause(engine, refused.id)
  const [prober] = refused.tickets
  const [seq = -1] = seqsOf(await prober.lease(1))
  await prober.release([completed(seq)])
  // A pace that was learned within milliseconds would be too high to be observed.
  await engine.redis.hset(engine.keys.batch(refused.id).meta, { pace: 0.2, next_start: Date.now() + 5000 })
  await engine.redis.del(engine.keys.batch(refused.id).waits)
  return refused
}

/** Returns the rest of a pause in minutes, rounded; 0 without a pause. */
export async function pauseOf(engine: Engine, id: string): Promise<number> {
  const { pausedUntil } = await readBatch(engine, id)
  return pausedUntil === null ? 0 : Math.round((Number(pausedUntil) - Date.now()) / MINUTE_MS)
}

export async function fieldsOf(engine: Engine, id: string, ...fields: string[]): Promise<number[]> {
  return (await engine.redis.hmget(engine.keys.batch(id).meta, ...fields)).map(Number)
}
