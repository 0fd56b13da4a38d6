import { encodeWeights, type Weights } from '../model/weights.ts'
import { defineScript } from './define-script.ts'

/** Permits to extend, because their start times have passed. */
export interface PermitExtension {
  /** The time of Redis's clock, in µs, after which the script has no effect: the command may have been sent twice. */
  deadlineUs: number
  /** How much later than now a start may be, in addition to the guard interval, in µs. */
  slackUs: number
  permits: readonly { bookedUs: number; weights: Weights }[]
}

/** Books late permits for now, where this does not exceed the limit. */
export const extendPermitsScript = defineScript('extend-permits', {
  keys: ['settings', 'ledger'],
  args: ['deadline_us', 'slack_us'],
  rest: 'permits',
  encode: ({ deadlineUs, slackUs, permits }: PermitExtension) => ({
    args: { deadline_us: Math.floor(deadlineUs), slack_us: Math.ceil(slackUs) },
    rest: permits.flatMap(({ bookedUs, weights }) => [bookedUs, encodeWeights(weights)]),
  }),
  replies: {
    missing: () => ({}),
    extended: ([, ...booked]) => ({
      /** The new time of each permit, in µs of Redis's clock. Undefined: the permit must not be used. */
      bookedUs: booked.map((time) => Number(time) || undefined),
    }),
  },
})
