import { defineScript } from './define-script.ts'

/** By how much a call weighed more (or, negative, less) than was booked for it. */
export interface PermitCorrection {
  /** The time the permit is booked for: its start time, unless it was extended. */
  bookedUs: number
  unit: string
  change: number
}

export interface PermitSettlement {
  /** After this time of Redis's clock, in µs, the script does nothing: the command may have been sent twice. */
  deadlineUs: number
  corrections: readonly PermitCorrection[]
}

/** Corrects what was booked for permits. */
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
