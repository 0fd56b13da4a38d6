import type { LimitRule } from '../model/limit.ts'
import { encodeWeights, type Weights } from '../model/weights.ts'
import { defineScript, type ReplyOf } from './define-script.ts'

/** A request for start times under a limit. */
export interface PermitRequest {
  /** How far ahead a start time may be, in µs. At most three quarters of the shortest window take effect. */
  lookAheadUs: number
  /** The minimum time from now to a start time, in µs: the time that the reply takes to arrive. */
  leadUs: number
  /** The weights of each task. */
  weights: readonly Weights[]
}

/** The answer for one task. Start times are in µs of Redis's clock. */
export type PermitAnswer =
  | { kind: 'granted'; startUs: number; isProbe: boolean }
  /** The script booked nothing. The worker asks again after `restUs`. */
  | { kind: 'refused'; restUs: number }
  /** The task weighs more than this rule ever allows. */
  | { kind: 'impossible'; rule: LimitRule }

/** Books start times for tasks under a limit, in one call for all tasks. */
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
      /** The time of Redis's clock, in µs. */
      nowUs: Number(nowUs),
      /** Rises with each refusal by the upstream. */
      epoch: Number(epoch),
      /** The guard interval, in µs. A call that starts later than this after its start time may exceed the limit. */
      guardUs: Number(guardUs),
      answers: decodeAnswers(answers, Number(probe) === 1),
    }),
  },
})

/** The reply of `acquire-permits`. */
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
