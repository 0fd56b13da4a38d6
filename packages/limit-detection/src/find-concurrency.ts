import { countOf, isWhole, sendBurst } from './burst.ts'
import type { ConcurrencyFinding } from './concurrency-finding.ts'
import { confirmConcurrency } from './confirm-concurrency.ts'
import { judgeBurst, overlapOf } from './judge-burst.ts'
import type { ProbeSession } from './probe-session.ts'

/** The share of the budget of rejections that the search may spend. The others remain for the rate. */
const SHARE_OF_REJECTIONS = 0.5

/**
 * Finds the concurrency limit with bursts of 2, 4, 8 … calls. A burst with rejections has reached a concurrency limit
 * or a rate limit, which `judgeBurst` distinguishes. A rate limit ends the search.
 */
export async function findConcurrency(session: ProbeSession, max: number): Promise<ConcurrencyFinding> {
  const keep = session.remainingRejections * (1 - SHARE_OF_REJECTIONS)
  let atLeast = 1
  let passed = 1
  for (let size = Math.min(2, max); ; size = Math.min(size * 2, max)) {
    if (size > session.remainingRejections - keep) return censored(atLeast, passed)
    const burst = await sendBurst(session, size)
    atLeast = Math.max(atLeast, overlapOf(session, burst))
    if (isWhole(burst)) passed = countOf(burst, 'accepted')
    else {
      const verdict = await judgeBurst(session, burst, passed)
      if (verdict.cause === 'rate') return { ...censored(atLeast, size), endedBy: 'rate' }
      if (verdict.cause === 'concurrency') return await confirmConcurrency(session, { ...verdict, atLeast, max })
    }
    if (size >= max) return censored(atLeast, size)
  }
}

function censored(atLeast: number, tried: number): ConcurrencyFinding {
  return { limit: null, atLeast, tried, isConfirmed: false, calls: [] }
}
