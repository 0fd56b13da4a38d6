import { exclusiveServer, redisTest } from '@sluice/testing'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { bucket, fixed, sliding, type SimulatedUpstream } from '../support/simulated-upstream.ts'
import { TimedLedger } from '../support/timed-ledger.ts'

const SECOND = 1_000_000
const START = 1_700_000_000_000_000
const QUESTION = { maxLookAheadUs: SECOND, leadUs: 0 }

/** The scripts with a replaced clock are loaded into one server, so the test needs a server of its own. */
const ownServerTest = redisTest.override('redisServer', { scope: 'file' }, exclusiveServer)

const test = ownServerTest.extend('ledger', async ({ redisUrl, prefix, onTestFinished }) => {
  const redis = new Redis(redisUrl)
  onTestFinished(() => redis.disconnect())
  return await TimedLedger.open(redis, prefix)
})

interface Call {
  at: number
  epoch: number
  isProbe: boolean
}

/** Calls an upstream as fast as an adaptive limit allows, in virtual time. Counts the calls of the second half. */
async function call(ledger: TimedLedger, upstream: SimulatedUpstream, seconds: number, retryAfterUs = 0) {
  const counts = { accepted: 0, refused: 0 }
  const end = START + seconds * SECOND
  const held: Call[] = []
  for (let now = START; now < end;) {
    const next = held[0] && held[0].at <= now ? held.shift() : undefined
    if (!next) {
      now = await ask(ledger, held, now)
      continue
    }
    const isAccepted = upstream(next.at)
    if (next.at > START + (seconds / 2) * SECOND) counts[isAccepted ? 'accepted' : 'refused'] += 1
    if (!isAccepted) {
      await ledger.pause(now, retryAfterUs, next.epoch)
      // As workers do at a pause, release the permits of calls that have not started.
      for (const { at } of held.splice(0)) await ledger.settle(now, at, 'requests', -1)
    } else if (next.isProbe) await ledger.endProbe(now, 'passed', next.epoch)
  }
  return counts
}

/** Asks for one more call, or waits. Returns the time of the next possible event. */
async function ask(ledger: TimedLedger, held: Call[], now: number): Promise<number> {
  if (held.length < 20) {
    const { answers, epoch, isProbe } = await ledger.acquire(now, QUESTION, [{ requests: 1 }])
    const at = Number(answers[0])
    if (at > 0) held.push({ at, epoch, isProbe })
    if (at > 0 && held.length < 20) return now
  }
  return Math.min(held[0]?.at ?? Infinity, now + 50_000)
}

test.for<[name: string, upstream: () => SimulatedUpstream, perSecond: number, most: number]>([
  ['a bucket of 10 that refills by 10 per second', () => bucket(10, 10), 10, 0.03],
  ['60 in any 10 s', () => sliding(60, 10 * SECOND), 6, 0.04],
  ['100 in each second', () => fixed(100, SECOND), 100, 0.02],
])('an adaptive limit of 400 per second adapts to %s', async ([, upstream, perSecond, mostRefused], { ledger }) => {
  await ledger.put(START, { rules: [{ unit: 'requests', max: 400, perMs: 1000 }], burstFactor: 1, adaptive: true })
  const seconds = perSecond > 50 ? 120 : 600

  const { accepted, refused } = await call(ledger, upstream(), seconds)

  expect(accepted / ((seconds / 2) * perSecond)).toBeGreaterThan(0.85)
  expect(refused / accepted).toBeLessThan(mostRefused)
})

test('a burst of refusals of calls that began before the pause lowers an adaptive limit once', async ({ ledger }) => {
  await ledger.put(START, { rules: [{ unit: 'requests', max: 400, perMs: 1000 }], burstFactor: 1, adaptive: true })
  const { epoch } = await ledger.acquire(START, QUESTION, [{ requests: 1 }])
  await ledger.pause(START + 1000, 0, epoch)
  const { permille } = await ledger.read(START + 1000)

  for (let i = 1; i < 100; i += 1) await ledger.pause(START + 1000 + i * 5000, 0, epoch)

  expect(permille).toBeLessThan(1000)
  expect((await ledger.read(START + SECOND)).permille).toBeGreaterThanOrEqual(permille)
})

test('an adaptive limit starts calls again once an upstream that named long pauses accepts them', async ({
  ledger,
}) => {
  await ledger.put(START, { rules: [{ unit: 'requests', max: 20, perMs: 1000 }], burstFactor: 1, adaptive: true })
  const refusesUntil = START + 200 * SECOND

  const { accepted, refused } = await call(ledger, (at) => at > refusesUntil, 600, 60 * SECOND)

  // The limit was refused at its smallest, a sixteenth of 20. At that rate, the second half's 300 s have 375 calls.
  expect(refused).toBe(0)
  expect(accepted).toBeGreaterThan(3000)
})

test('an adaptive limit that was refused at its smallest reaches its maximum within minutes', async ({ ledger }) => {
  await ledger.put(START, { rules: [{ unit: 'requests', max: 400, perMs: 1000 }], burstFactor: 1, adaptive: true })
  const { epoch } = await ledger.acquire(START, QUESTION, [{ requests: 1 }])
  await ledger.pause(START + 1000, 0, epoch)
  await ledger.endProbe(START + SECOND, 'passed', epoch + 1)

  expect((await ledger.read(START + 60 * SECOND)).permille).toBeLessThan(80)
  expect((await ledger.read(START + 120 * SECOND)).permille).toBe(1000)
})
