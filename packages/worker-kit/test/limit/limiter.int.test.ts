import { connectRedis, createEngine, putLimit, readLimit, type Engine } from '@sluice/engine'
import { isCluster } from '@sluice/testing'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { LimitEvent } from '../../src/limit/limit-event.ts'
import { Limiter } from '../../src/limit/limiter.ts'
import type { PermitDecision, PermitRequest } from '../../src/limit/permit.ts'
import { startSlowLink } from '../support/slow-link.ts'
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

function request(changes: Partial<PermitRequest> = {}): PermitRequest {
  return { weights: { requests: 1 }, signal: never, announce: () => {}, ...changes }
}

/** Blocks the event loop. */
function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

function decisionsOf(events: readonly LimitEvent[]): string[] {
  return events.flatMap((event) => (event.kind === 'permit' ? [event.decision] : []))
}

/** What the limit counts, used and reserved. */
async function countedOf(engine: Engine): Promise<number> {
  const [rule] = (await readLimit(engine, 'api')).rules
  return (rule?.used ?? 0) + (rule?.reserved ?? 0)
}

test('all tasks that wait at one moment are asked for in one call', async ({ openLimiter }) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 1000, perMs: 1000 }], 1000)
  await limiter.acquire(request())

  await Promise.all(Array.from({ length: 30 }, () => limiter.acquire(request())))

  // The first call of the test, and one for all others.
  expect(events.filter(({ kind }) => kind === 'ask')).toHaveLength(2)
})

test('a start is announced before it is due, together with those of the next ten milliseconds', async ({
  openLimiter,
}) => {
  const { limiter } = await openLimiter([{ unit: 'requests', max: 250, perMs: 1000 }], 1)
  const announced = new Set<number>()
  const tasks = Array.from({ length: 100 }, (_, i) =>
    limiter.acquire(request({ announce: () => announced.add(i) })).then(() => announced.size - i),
  )

  const ahead = await Promise.all(tasks)

  // Itself, and others of the 2.5 that start within ten milliseconds.
  expect(Math.min(...ahead)).toBe(1)
  expect(Math.max(...ahead)).toBeGreaterThan(1)
  expect(ahead[0]).toBeLessThan(100)
})

test('a task whose start was announced says so when it waits again', async ({ openLimiter }) => {
  const { limiter } = await openLimiter([{ unit: 'requests', max: 125, perMs: 1000 }], 1)
  const pauseBetween = async (): Promise<boolean[]> => {
    const announced: boolean[] = []
    const first = limiter.acquire(request())
    const second = limiter.acquire(request({ announce: (isStarting) => announced.push(isStarting) }))
    await first
    limiter.pauseUntil(Number.MAX_SAFE_INTEGER)
    await second
    return announced
  }

  let announced = await pauseBetween()
  // If the event loop was late, both have started at once.
  while (announced.length === 1) announced = await pauseBetween()

  expect(announced).toEqual([true, false, true])
})

test('a process that was blocked starts no late task that would exceed the limit', async ({ openLimiter }) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 10, perMs: 500 }], 1)
  const starts: number[] = []
  const start = async (): Promise<void> => {
    const { kind } = await limiter.acquire(request())
    if (kind === 'granted') starts.push(performance.now())
    else await sleep(20).then(start)
  }
  const all = Promise.all(Array.from({ length: 60 }, start))
  for (let i = 0; i < 3; i += 1) {
    await sleep(150)
    block(300)
  }
  await all

  expect(decisionsOf(events)).toContain('late')
  const spans = starts.slice(10).map((at, i) => at - (starts[i] ?? 0))
  expect(Math.min(...spans)).toBeGreaterThan(490)
})

test('a late start that does not exceed the limit is allowed and counted once', async ({ openLimiter, engine }) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 10, perMs: 10_000 }], 5)
  await limiter.acquire(request())
  const waiting = limiter.acquire(request())
  await until(async () => (await readLimit(engine, 'api')).rules[0]?.reserved === 1)
  block(400)

  const decision = await waiting

  expect(decision.kind).toBe('granted')
  expect(decisionsOf(events)).toEqual(['granted', 'late', 'granted'])
  expect(events.filter(({ kind }) => kind === 'ask')).toHaveLength(2)
  expect(await countedOf(engine)).toBe(2)
})

test('a pause replaces permits with an earlier start time', async ({ openLimiter, engine }) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 10, perMs: 5000 }], 1)
  await limiter.acquire(request())
  const held = limiter.acquire(request())
  await until(async () => (await readLimit(engine, 'api')).rules[0]?.reserved === 1)

  limiter.pauseUntil(Number.MAX_SAFE_INTEGER)

  expect((await held).kind).toBe('granted')
  expect(events.filter(({ kind }) => kind === 'ask')).toHaveLength(3)
  await limiter.settlements.flush()
  expect(await countedOf(engine), 'the first permit has been released').toBe(2)
})

test('a task that stops waiting releases its permit, whether that is asked for, held or neither', async ({
  openLimiter,
  engine,
}) => {
  const { limiter } = await openLimiter([{ unit: 'requests', max: 10, perMs: 4000 }], 1)
  const controller = new AbortController()
  await limiter.acquire(request())
  const waits: Promise<PermitDecision>[] = []
  waits.push(limiter.acquire(request({ signal: controller.signal })))
  await until(async () => (await readLimit(engine, 'api')).rules[0]?.reserved === 1)
  waits.push(
    limiter.acquire(request({ signal: controller.signal })),
    limiter.acquire(request({ signal: controller.signal })),
  )
  controller.abort()

  expect((await Promise.all(waits)).map(({ kind }) => kind)).toEqual(['dropped', 'dropped', 'dropped'])
  await limiter.settlements.flush()
  expect((await readLimit(engine, 'api')).rules[0]).toMatchObject({ used: 1, reserved: 0 })
})

test('a task that stops waiting while it is asked for ends at once, although it is refused', async ({
  openLimiter,
}) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 1, perMs: 3_600_000 }])
  await limiter.acquire(request())
  const controller = new AbortController()
  let decision: PermitDecision | undefined
  void limiter.acquire(request({ signal: controller.signal })).then((decided) => (decision = decided))
  // The limiter asks in the same phase of the event loop.
  await setImmediate()
  expect(events.filter(({ kind }) => kind === 'ask')).toHaveLength(1)

  controller.abort()

  await until(() => decision?.kind === 'dropped')
  expect(decisionsOf(events)).toContain('refused')
})

test('after a refusal nothing is asked before the time that Redis named, unless the limit has changed', async ({
  openLimiter,
}) => {
  const { limiter, events } = await openLimiter([{ unit: 'requests', max: 1, perMs: 60_000 }])
  const asks = () => events.filter(({ kind }) => kind === 'ask').length
  await limiter.acquire(request())
  const stop = new AbortController()
  const refused = limiter.acquire(request({ signal: stop.signal }))
  await until(() => decisionsOf(events).includes('refused'))
  const asked = asks()

  const others = Array.from({ length: 100 }, () => limiter.acquire(request({ signal: stop.signal })))
  await sleep(100)
  expect(asks()).toBe(asked)
  limiter.retry()
  await until(() => asks() === asked + 1)

  stop.abort()
  expect(await Promise.all([refused, ...others])).toEqual(Array.from({ length: 101 }, () => ({ kind: 'dropped' })))
})

/** Skipped on a cluster: its servers announce the others' addresses, so that clients bypass a link. */
test.skipIf(isCluster)(
  'a change of the limit is not missed when its signal overtakes the reply to a call',
  async ({ engine, redisUrl, prefix, openLimiter, onTestFinished }) => {
    const { limiter: near } = await openLimiter([{ unit: 'requests', max: 1, perMs: 60_000 }])
    await near.acquire(request())
    const ledger = () => engine.redis.hgetall(engine.keys.limit('api').ledger).then((fields) => JSON.stringify(fields))
    const before = await ledger()
    const far = createEngine({ redis: connectRedis(await startSlowLink(redisUrl, 200)), prefix })
    onTestFinished(() => far.redis.disconnect())
    await far.redis.ping()
    let asks = 0
    const limiter = new Limiter(
      { engine: far, log, observe: ({ kind }) => void (kind === 'ask' && (asks += 1)) },
      'api',
    )

    const stop = new AbortController()
    const decision = limiter.acquire(request({ signal: stop.signal }))
    await until(async () => (await ledger()) !== before)
    await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1000, perMs: 60_000 }] })
    limiter.retry()

    await until(() => asks === 1)
    // Under the old limit, it would ask again after a minute.
    await until(() => asks === 2)
    stop.abort()
    await decision
  },
)
