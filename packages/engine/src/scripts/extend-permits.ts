import { encodeWeights, type Weights } from '../model/weights.ts'
import { defineScript } from './define-script.ts'

/** Permits whose start times have passed. */
export interface PermitExtension {
  /** After this time of Redis's clock, in µs, the script does nothing: the command may have been sent twice. */
  deadlineUs: number
  /** How long after now, and the guard interval, a start may be, in µs. */
  slackUs: number
  permits: readonly { bookedUs: number; weights: Weights }[]
}

/** Lets late starts happen now, where that exceeds nothing. */
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
      /** For each permit the time it is booked for now, in µs of Redis's clock; undefined: it must not be used. */
      bookedUs: booked.map((time) => Number(time) || undefined),
    }),
  },
})
