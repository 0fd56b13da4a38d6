import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { createKeys, type LimitKeys } from '../../src/keys.ts'
import { completeLimitSettings, encodeRules, type LimitUpdate } from '../../src/model/limit.ts'
import { acquirePermitsScript } from '../../src/scripts/acquire-permits.ts'
import { endProbeScript } from '../../src/scripts/end-probe.ts'
import { extendPermitsScript } from '../../src/scripts/extend-permits.ts'
import { pauseLimitScript } from '../../src/scripts/pause-limit.ts'
import { putLimitScript } from '../../src/scripts/put-limit.ts'
import { readLedgerScript } from '../../src/scripts/read-ledger.ts'
import { settlePermitsScript } from '../../src/scripts/settle-permits.ts'
import type { ModelWeights, ModelQuestion } from './ledger-model.ts'

const SCRIPTS = {
  acquire: acquirePermitsScript,
  settle: settlePermitsScript,
  extend: extendPermitsScript,
  pause: pauseLimitScript,
  endProbe: endProbeScript,
  read: readLedgerScript,
  put: putLimitScript,
}

const CLOCK = 'return time[1] * 1000000 + time[2]'

/** Runs the scripts of a limit on a real Redis with a replaced clock: the last argument is the time, in µs. */
export class TimedLedger {
  readonly #redis: Redis
  readonly #keys: LimitKeys
  readonly #shas = new Map<string, string>()
  #version = 0

  private constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#keys = createKeys(prefix).limit('timed')
  }

  static async open(redis: Redis, prefix: string): Promise<TimedLedger> {
    const ledger = new TimedLedger(redis, prefix)
    for (const [verb, { source }] of Object.entries(SCRIPTS)) {
      if (!source.includes(CLOCK)) throw new Error(`${verb} reads another clock`)
      const timed = source.replace(CLOCK, 'return tonumber(table.remove(ARGV))')
      await redis.script('LOAD', timed)
      ledger.#shas.set(verb, createHash('sha1').update(timed).digest('hex'))
    }
    return ledger
  }

  async #run(verb: keyof typeof SCRIPTS, ...args: (string | number)[]): Promise<unknown> {
    const { settings, ledger } = this.#keys
    return await this.#redis.evalsha(this.#shas.get(verb) ?? '', 2, settings, ledger, ...args)
  }

  async put(now: number, update: LimitUpdate): Promise<void> {
    const { rules, burstFactor, adaptive, maxPauseMs } = completeLimitSettings(update)
    this.#version += 1
    await this.#run(
      'put',
      this.#version,
      encodeRules(rules),
      burstFactor,
      adaptive ? '1' : '0',
      maxPauseMs * 1000,
      'signals',
      'limit',
      now,
    )
  }

  /** Returns for each task a start time, a negative time after which to ask again, or the rule that it exceeds. */
  async acquire(
    now: number,
    { maxLookAheadUs, leadUs }: ModelQuestion,
    tasks: readonly ModelWeights[],
  ): Promise<{ epoch: number; isProbe: boolean; answers: (number | unknown[])[] }> {
    const weights = tasks.map((task) => Object.entries(task).flat().join(' '))
    const reply = (await this.#run('acquire', maxLookAheadUs, leadUs, ...weights, now)) as number[]
    const [, , epoch, , probe, ...answers] = reply
    return { epoch: epoch ?? 0, isProbe: probe === 1, answers }
  }

  /** Returns true if the permit may be used now. */
  async extend(now: number, slackUs: number, booked: number, weights: ModelWeights): Promise<boolean> {
    const [, , later] = (await this.#run(
      'extend',
      now,
      slackUs,
      booked,
      Object.entries(weights).flat().join(' '),
      now,
    )) as number[]
    return later !== 0
  }

  async settle(now: number, booked: number, unit: string, change: number): Promise<void> {
    await this.#run('settle', now, booked, unit, change, now)
  }

  async pause(now: number, retryAfterUs: number, epoch: number, cause = 'refused'): Promise<void> {
    await this.#run('pause', cause, retryAfterUs, epoch, 'nobody', 'timed', now)
  }

  async endProbe(now: number, result: 'passed' | 'unknown', epoch: number): Promise<void> {
    await this.#run('endProbe', result, epoch, 'signals', 'limit', now)
  }

  async read(now: number): Promise<{ nextUs: number; pauseUs: number; permille: number; uses: number[] }> {
    const [, nextUs = 0, pauseUs = 0, , permille = 0, , ...uses] = (await this.#run('read', now)) as number[]
    return { nextUs, pauseUs, permille, uses }
  }

  /** Returns the stored fields of the ledger. */
  async fields(): Promise<Record<string, string>> {
    return await this.#redis.hgetall(this.#keys.ledger)
  }
}
