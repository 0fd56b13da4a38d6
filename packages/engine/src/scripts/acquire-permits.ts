import type { LimitRule } from '../model/limit.ts'
import { encodeWeights, type Weights } from '../model/weights.ts'
import { defineScript, type ReplyOf } from './define-script.ts'

export interface PermitRequest {
  /** How far ahead a start time may be, in µs. */
  lookAheadUs: number
  /** No start time is sooner than this, in µs: the time the answer takes to arrive. */
  leadUs: number
  /** What each task weighs. */
  weights: readonly Weights[]
}

/** The answer for one task. Times are µs of Redis's clock. */
export type PermitAnswer =
  | { kind: 'granted'; startUs: number; isProbe: boolean }
  /** Nothing was booked. Ask again after `restUs`. */
  | { kind: 'refused'; restUs: number }
  /** The task weighs more than this rule ever allows. */
  | { kind: 'impossible'; rule: LimitRule }

/** Books start times for tasks under a limit, for all tasks in one call. */
export const acquirePermitsScript = defineScript('acquire-permits', {
  keys: ['settings', 'ledger'],
  args: ['look_ahead_us', 'lead_us'],
  rest: 'weights',
  encode: ({ lookAheadUs, leadUs, weights }: PermitRequest) => ({
    args: { look_ahead_us: lookAheadUs, lead_us: leadUs },
    rest: weights.map(encodeWeights),
  }),
  replies: {
    missing: () => ({}),
    permits: ([nowUs, epoch, guardUs, probe, ...answers]) => ({
      /** Redis's clock. */
      nowUs: Number(nowUs),
      /** Rises with each refusal by the upstream. */
      epoch: Number(epoch),
      /** The guard interval: a call that starts later than this after its start time may exceed the limit. */
      guardUs: Number(guardUs),
      answers: decodeAnswers(answers, Number(probe) === 1),
    }),
  },
})

export type PermitReply = ReplyOf<typeof acquirePermitsScript>

function decodeAnswers(values: unknown[], isFirstProbe: boolean): PermitAnswer[] {
  const first = values.findIndex((value) => Number(value) > 0)
  return values.map((value, i) => decodeAnswer(value, isFirstProbe && i === first))
}

function decodeAnswer(value: unknown, isProbe: boolean): PermitAnswer {
  if (Array.isArray(value)) {
    const [unit, max, perMs] = value as unknown[]
    return { kind: 'impossible', rule: { unit: String(unit), max: Number(max), perMs: Number(perMs) } }
  }
  const startUs = Number(value)
  return startUs < 0 ? { kind: 'refused', restUs: -startUs } : { kind: 'granted', startUs, isProbe }
}
