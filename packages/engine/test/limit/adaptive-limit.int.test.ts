import { exclusiveServer, redisTest } from '@sluice/testing'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { bucket, fixed, sliding, type SimulatedUpstream } from '../support/simulated-upstream.ts'
import { TimedLedger } from '../support/timed-ledger.ts'

const SECOND = 1_000_000
const START = 1_700_000_000_000_000
const QUESTION = { maxLookAheadUs: SECOND, leadUs: 0 }

/** Its scripts, with a clock of their own, are loaded into one server. */
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

/** Calls an upstream as fast as an adaptive limit lets it, with virtual time; counts calls of the second half. */
async function call(ledger: TimedLedger, upstream: SimulatedUpstream, seconds: number) {
  const counts = { taken: 0, refused: 0 }
  const end = START + seconds * SECOND
  const held: Call[] = []
  for (let now = START; now < end;) {
    const next = held[0] && held[0].at <= now ? held.shift() : undefined
    if (!next) {
      now = await ask(ledger, held, now)
      continue
    }
    const isTaken = upstream(next.at)
    if (next.at > START + (seconds / 2) * SECOND) counts[isTaken ? 'taken' : 'refused'] += 1
    if (!isTaken) {
      await ledger.pause(now, 0, next.epoch)
      // As workers do when they hear of a pause: what has not started is given back.
      for (const { at } of held.splice(0)) await ledger.settle(now, at, 'requests', -1)
    } else if (next.isProbe) await ledger.endProbe(now, 'passed', next.epoch)
  }
  return counts
}

/** Asks for one more call, or waits; returns the time at which something can happen next. */
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
  ['a bucket of 10, 10 a second', () => bucket(10, 10), 10, 0.03],
  ['60 in any 10 s', () => sliding(60, 10 * SECOND), 6, 0.04],
  ['100 in each second', () => fixed(100, SECOND), 100, 0.02],
])('an adaptive limit of 400 a second finds out about %s', async ([, upstream, perSecond, mostRefused], { ledger }) => {
  await ledger.put(START, { rules: [{ unit: 'requests', max: 400, perMs: 1000 }], burstFactor: 1, adaptive: true })
  const seconds = perSecond > 50 ? 120 : 600

  const { taken, refused } = await call(ledger, upstream(), seconds)

  expect(taken / ((seconds / 2) * perSecond)).toBeGreaterThan(0.85)
  expect(refused / taken).toBeLessThan(mostRefused)
})
