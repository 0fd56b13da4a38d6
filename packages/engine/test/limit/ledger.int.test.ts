import { exclusiveServer, redisTest } from '@sluice/testing'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { LimitRule } from '../../src/model/limit.ts'
import { LedgerModel, type ModelWeights } from '../support/ledger-model.ts'
import { modelRules, randomWeights, randomPauseUs, randomRules } from '../support/ledger-scenario.ts'
import { Random } from '../support/random.ts'
import { TimedLedger } from '../support/timed-ledger.ts'

/** The scripts with a replaced clock are loaded into one server, so the test needs a server of its own. */
const ownServerTest = redisTest.override('redisServer', { scope: 'file' }, exclusiveServer)

const test = ownServerTest.extend('redis', ({ redisUrl, onTestFinished }) => {
  const redis = new Redis(redisUrl)
  onTestFinished(() => redis.disconnect())
  return redis
})

const LOOK_AHEAD_US = 1_000_000
const SCENARIOS = 35
const STEPS = 1000

interface Grant {
  bookedUs: number
  weights: ModelWeights
}

/** Sends the same requests at the same times to the scripts and to the model. */
class Comparison {
  readonly #random: Random
  readonly #rules: LimitRule[]
  readonly #ledger: TimedLedger
  readonly #model: LedgerModel
  readonly #granted: Grant[] = []
  readonly #expected: unknown[] = []
  readonly #found: Promise<unknown>[] = []
  #now = 1_700_000_000_000_000

  constructor(ledger: TimedLedger, random: Random) {
    this.#ledger = ledger
    this.#random = random
    this.#rules = randomRules(random)
    const burstFactor = random.pick([1, 2, 1000])
    this.#model = new LedgerModel(modelRules(this.#rules), burstFactor)
    this.#expect('put', ledger.put(this.#now, { rules: this.#rules, burstFactor, adaptive: false }), undefined)
  }

  step(): void {
    this.#now += randomPauseUs(this.#random)
    const kind = this.#random.next()
    const known = this.#granted.at(-this.#random.int(1, 20))
    if (kind < 0.85 || !known) this.#ask()
    else if (kind < 0.91) this.#extend(known)
    else if (kind < 0.97) this.#settle(known)
    else if (kind < 0.985) this.#pause()
    else this.#endProbe()
  }

  async end(): Promise<{ expected: unknown[]; found: unknown[] }> {
    return { expected: this.#expected, found: await Promise.all(this.#found) }
  }

  #ask(): void {
    const tasks = Array.from({ length: this.#random.int(1, 6) }, () => randomWeights(this.#random, this.#rules))
    const question = { maxLookAheadUs: LOOK_AHEAD_US, leadUs: this.#random.pick([0, 0, 300, 20_000]) }
    const expected = this.#model.acquire(this.#now, question, tasks)
    const found = this.#ledger.acquire(this.#now, question, tasks)
    for (const [i, start] of expected.entries()) {
      const answer = found.then(({ answers }) => answers[i])
      this.#expect('ask', answer, start)
      if (start > 0) this.#granted.push({ bookedUs: start, weights: tasks[i] ?? {} })
    }
  }

  #extend(grant: Grant): void {
    const slackUs = this.#random.pick([0, 10_000, 300_000])
    const expected = this.#model.extend(this.#now, slackUs, grant.bookedUs, grant.weights)
    this.#expect('extend', this.#ledger.extend(this.#now, slackUs, grant.bookedUs, grant.weights), expected)
    if (expected) grant.bookedUs = Math.max(grant.bookedUs, this.#now + slackUs)
  }

  #settle({ bookedUs, weights }: Grant): void {
    const [unit, change] = this.#random.pick([
      ['requests', -1],
      ['tokens', -(weights['tokens'] ?? 0)],
      ['tokens', this.#random.int(-50, 50)],
    ] as const)
    this.#model.settle(bookedUs, unit, change)
    this.#expect('settle', this.#ledger.settle(this.#now, bookedUs, unit, change), undefined)
  }

  #pause(): void {
    const retryAfterUs = this.#random.pick([0, 0, 300_000, 2_000_000])
    const epoch = this.#model.epoch - this.#random.int(0, 1)
    this.#model.pause(this.#now, retryAfterUs, epoch)
    this.#expect('pause', this.#ledger.pause(this.#now, retryAfterUs, epoch), undefined)
  }

  #endProbe(): void {
    const hasPassed = this.#random.chance(0.7)
    const { epoch } = this.#model
    this.#model.endProbe(this.#now, hasPassed, epoch)
    this.#expect('endProbe', this.#ledger.endProbe(this.#now, hasPassed ? 'passed' : 'unknown', epoch), undefined)
  }

  #expect(verb: string, found: Promise<unknown>, expected: unknown): void {
    const at = `${verb} at ${this.#now}: `
    this.#expected.push(at + String(expected))
    this.#found.push(found.then((value) => at + String(value)))
  }
}

test(
  'the scripts and the model give the same 100,000 answers to random requests',
  { timeout: 300_000 },
  async ({ redis, prefix }) => {
    let count = 0
    for (let seed = 1; seed <= SCENARIOS; seed += 1) {
      const comparison = new Comparison(await TimedLedger.open(redis, `${prefix}:${seed}`), new Random(seed))
      for (let step = 0; step < STEPS; step += 1) comparison.step()

      const { expected, found } = await comparison.end()
      const first = expected.findIndex((answer, i) => answer !== found[i])
      expect(found[first], `seed ${seed}, answer ${first}`).toBe(expected[first])
      count += expected.length
    }

    expect(count).toBeGreaterThan(100_000)
  },
)
