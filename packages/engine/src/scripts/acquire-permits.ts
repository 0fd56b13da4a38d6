import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { LimitKeys } from '../keys.ts'
import type { LimitRule } from '../model/limit.ts'
import { defineScript } from './define-script.ts'

/** What a start costs, by unit: whole numbers. */
export type Costs = Readonly<Record<string, number>>

export interface PermitRequest {
  /** How far ahead a slot may be, in µs. */
  horizonUs: number
  /** No slot is sooner than this, in µs: the time the answer takes to arrive. */
  leadUs: number
  /** What each task costs. */
  costs: readonly Costs[]
}

/** The answer for one task. Times are µs, and a slot is a time of Redis's clock. */
export type PermitAnswer =
  | { outcome: 'granted'; slotUs: number; isProbe: boolean }
  /** Nothing was booked. */
  | { outcome: 'refused'; restUs: number }
  /** The task costs more of this rule than there ever is. */
  | { outcome: 'impossible'; rule: LimitRule }

export type PermitReply =
  /** There is no such limit. */
  | { outcome: 'none' }
  | {
      outcome: 'permits'
      /** Redis's clock. */
      nowUs: number
      /** Rises with each refusal by the upstream. */
      epoch: number
      /** A start later than this after its slot may exceed the limit. */
      guardUs: number
      answers: PermitAnswer[]
    }

export const acquirePermitsScript = defineScript('acquire-permits', {
  keys: ['config', 'ledger'],
  args: ['horizon_us', 'lead_us'],
  rest: 'costs',
})

/** Asks when tasks may start. */
export async function acquirePermitsOf(
  redis: RedisConnection,
  keys: LimitKeys,
  { horizonUs, leadUs, costs }: PermitRequest,
): Promise<PermitReply> {
  const args = { horizon_us: horizonUs, lead_us: leadUs }
  const reply = await acquirePermitsScript.run(redis, keys, args, costs.map(encodeCosts))
  const [outcome, nowUs, epoch, guardUs, probe, ...answers] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'none') return { outcome }
  if (outcome !== 'permits') throw new UnexpectedReplyError(acquirePermitsScript.name, reply)
  const decoded = decodeAnswers(answers, Number(probe) === 1)
  return { outcome, nowUs: Number(nowUs), epoch: Number(epoch), guardUs: Number(guardUs), answers: decoded }
}

export function encodeCosts(costs: Costs): string {
  return Object.entries(costs)
    .map(([unit, cost]) => `${unit} ${cost}`)
    .join(' ')
}

function decodeAnswers(values: unknown[], isFirstProbe: boolean): PermitAnswer[] {
  const first = values.findIndex((value) => Number(value) > 0)
  return values.map((value, i) => decodeAnswer(value, isFirstProbe && i === first))
}

function decodeAnswer(value: unknown, isProbe: boolean): PermitAnswer {
  if (Array.isArray(value)) {
    const [unit, max, perMs] = value as unknown[]
    return { outcome: 'impossible', rule: { unit: String(unit), max: Number(max), perMs: Number(perMs) } }
  }
  const slotUs = Number(value)
  return slotUs < 0 ? { outcome: 'refused', restUs: -slotUs } : { outcome: 'granted', slotUs, isProbe }
}
