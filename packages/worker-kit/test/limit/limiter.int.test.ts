import { putLimit, readLimit, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { LimitEvent } from '../../src/limit/limit-event.ts'
import { Limiter } from '../../src/limit/limiter.ts'
import type { PermitDecision } from '../../src/limit/permit.ts'
import { until, workerTest } from '../support/worker-test.ts'

const quiet = () => {}
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const never = new AbortController().signal

const test = workerTest.extend('openLimiter', ({ engine }) => {
  return async (rules: { unit: string; max: number; perMs: number }[], burstFactor = 2) => {
    await putLimit(engine, 'api', { rules, burstFactor })
    const events: LimitEvent[] = []
    return { limiter: new Limiter({ engine, log, observe: (event) => events.push(event) }, 'api'), events }
  }
})

/** Keeps the event loop from turning. */
function holdUp(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

function outcomesOf(events: readonly LimitEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'permit' ? [event.decision] : []))
}

/** What counts, now or later. */
async function countedOf(engine: Engine): Promise<number> {
  const [rule] = (await readLimit(engine, 'api')).rules
  return (rule?.used ?? 0) + (rule?.reserved ?? 0)
}

test('all that wait at one moment are asked for in one call', async ({ openLimiter }) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 1000, perMs: 1000 }], 1000)
  await limiter.acquire({ requests: 1 }, never)

  await Promise.all(Array.from({ length: 30 }, () => limiter.acquire({ requests: 1 }, never)))

  // One for the first of them, which did not wait for the others, and one for these.
  expect(events.filter(({ kind }) => kind === 'ask')).toHaveLength(3)
})

test('a process that was held up starts nothing late that would exceed the limit', async ({ openLimiter }) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 10, perMs: 500 }], 1)
  const starts: number[] = []
  const start = async (): Promise<void> => {
    const { kind } = await limiter.acquire({ requests: 1 }, never)
    if (kind === 'granted') starts.push(performance.now())
    else await sleep(20).then(start)
  }
  const all = Promise.all(Array.from({ length: 60 }, start))
  for (let i = 0; i < 3; i += 1) {
    await sleep(150)
    holdUp(300)
  }
  await all

  expect(outcomesOf(events)).toContain('late')
  const spans = starts.slice(10).map((at, i) => at - (starts[i] ?? 0))
  expect(Math.min(...spans)).toBeGreaterThan(490)
})

test('a late start that exceeds nothing is made after all, and is counted once', async ({ openLimiter, engine }) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 10, perMs: 10_000 }], 5)
  await limiter.acquire({ requests: 1 }, never)
  const waiting = limiter.acquire({ requests: 1 }, never)
  await until(async () => (await readLimit(engine, 'api')).rules[0]?.reserved === 1)
  holdUp(400)

  const { kind } = await waiting

  expect(kind).toBe('granted')
  expect(outcomesOf(events)).toEqual(['granted', 'late', 'granted'])
  expect(events.filter(({ kind }) => kind === 'ask')).toHaveLength(2)
  expect(await countedOf(engine)).toBe(2)
})

test('a pause makes permits for an earlier time be asked for again', async ({ openLimiter, engine }) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 10, perMs: 5000 }], 1)
  await limiter.acquire({ requests: 1 }, never)
  const held = limiter.acquire({ requests: 1 }, never)
  await until(async () => (await readLimit(engine, 'api')).rules[0]?.reserved === 1)

  limiter.pauseUntil(Number.MAX_SAFE_INTEGER)

  expect((await held).kind).toBe('granted')
  expect(events.filter(({ kind }) => kind === 'ask')).toHaveLength(3)
  await limiter.returns.flush()
  expect(await countedOf(engine), 'the first permit has been given back').toBe(2)
})

test('whoever stops waiting gives its permit back, whether it is asked for, held or neither', async ({
  openLimiter,
  engine,
}) => {
  const { limiter } = await openLimiter([{ unit: 'requests', max: 10, perMs: 4000 }], 1)
  const controller = new AbortController()
  await limiter.acquire({ requests: 1 }, never)
  const waits: Promise<PermitDecision>[] = []
  waits.push(limiter.acquire({ requests: 1 }, controller.signal))
  await until(async () => (await readLimit(engine, 'api')).rules[0]?.reserved === 1)
  waits.push(limiter.acquire({ requests: 1 }, controller.signal), limiter.acquire({ requests: 1 }, controller.signal))
  controller.abort()

  expect((await Promise.all(waits)).map(({ kind }) => kind)).toEqual(['dropped', 'dropped', 'dropped'])
  await limiter.returns.flush()
  expect((await readLimit(engine, 'api')).rules[0]).toMatchObject({ used: 1, reserved: 0 })
})
