import { defineScript } from './define-script.ts'

/** The difference between a call's actual weight and the booked one. */
export interface PermitCorrection {
  /** The time that the permit is booked for, in µs: its start time, unless it was extended. */
  bookedUs: number
  unit: string
  /** Positive if the call weighed more than booked, negative if it weighed less. */
  change: number
}

/** Corrections to apply in one call. */
export interface PermitSettlement {
  /** The time of Redis's clock, in µs, after which the script has no effect: the command may have been sent twice. */
  deadlineUs: number
  corrections: readonly PermitCorrection[]
}

/** Corrects the bookings of permits. */
export const settlePermitsScript = defineScript('settle-permits', {
  keys: ['settings', 'ledger'],
  args: ['deadline_us'],
  rest: 'corrections',
  encode: ({ deadlineUs, corrections }: PermitSettlement) => ({
    args: { deadline_us: Math.floor(deadlineUs) },
    rest: corrections.flatMap(({ bookedUs, unit, change }) => [bookedUs, unit, change]),
  }),
  replies: { settled: () => ({}) },
})
