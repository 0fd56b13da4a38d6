import { defineScript } from './define-script.ts'

export interface ClaimSwap {
  /** Empty: nothing. */
  expected: string
  /** Empty: nothing. */
  next: string
  keptMs: number
}

/** Replaces what an idempotency key holds, if it holds what is expected. */
export const swapClaimScript = defineScript('swap-claim', {
  keys: ['claim'],
  args: ['expected', 'next', 'kept_ms'],
  encode: ({ expected, next, keptMs }: ClaimSwap) => ({ args: { expected, next, kept_ms: keptMs } }),
  replies: {
    swapped: () => ({}),
    /** What the key holds instead; empty: nothing. */
    held: ([text]) => ({ text: String(text) }),
  },
})
