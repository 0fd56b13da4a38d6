import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import { defineScript } from './define-script.ts'

export type SwapReply =
  | { outcome: 'swapped' }
  /** What the key holds instead of what was expected; empty: nothing. */
  | { outcome: 'held'; text: string }

export interface ClaimSwap {
  /** Empty: nothing. */
  expected: string
  /** Empty: nothing. */
  next: string
  keptMs: number
}

export const swapClaimScript = defineScript('swap-claim', { keys: ['claim'], args: ['expected', 'next', 'kept_ms'] })

/** Replaces what an idempotency key holds, if it holds what is expected. */
export async function swapClaim(redis: RedisConnection, claim: string, swap: ClaimSwap): Promise<SwapReply> {
  const args = { expected: swap.expected, next: swap.next, kept_ms: swap.keptMs }
  const reply = await swapClaimScript.run(redis, { claim }, args)
  const [outcome, text] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'swapped') return { outcome }
  if (outcome === 'held') return { outcome, text: String(text) }
  throw new UnexpectedReplyError(swapClaimScript.name, reply)
}
