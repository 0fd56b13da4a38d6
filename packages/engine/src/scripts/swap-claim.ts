import { defineScript } from './define-script.ts'

/** A compare-and-swap of an idempotency key's value. */
export interface ClaimSwap {
  /** The value that the key must hold. Empty: the key must not exist. */
  expected: string
  /** The new value. Empty: the key is deleted. */
  next: string
  /** How long the new value is kept, in ms. */
  keptMs: number
}

/** Replaces the value of an idempotency key, if the key holds the expected value. */
export const swapClaimScript = defineScript('swap-claim', {
  keys: ['claim'],
  args: ['expected', 'next', 'kept_ms'],
  encode: ({ expected, next, keptMs }: ClaimSwap) => ({ args: { expected, next, kept_ms: keptMs } }),
  replies: {
    swapped: () => ({}),
    /** `text`: the value that the key holds instead. Empty: the key does not exist. */
    held: ([text]) => ({ text: String(text) }),
  },
})
