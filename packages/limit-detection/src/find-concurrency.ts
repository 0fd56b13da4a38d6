import { countOf, sendBurst } from './burst.ts'
import { judgeBurst, overlapOf } from './judge-burst.ts'
import type { Call } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'
import { recover } from './recover.ts'

/** How many concurrent calls the upstream accepts. */
export interface ConcurrencyFinding {
  /** The limit. Null if none was reached. */
  limit: number | null
  /** The highest concurrency that was accepted. */
  atLeast: number
  /** The largest burst that was tried. */
  tried: number
  /** Whether bursts of exactly the limit are accepted, and larger ones are not. */
  isConfirmed: boolean
  /** Whether a rate limit ended the search, so that larger bursts could not be observed. */
  endedByRate: boolean
  /** Calls rejected because too many were in flight. They say nothing about the rate. */
  rejections: ReadonlySet<Call>
}

/**
 * Finds the concurrency limit with bursts of 2, 4, 8 … calls. A burst with rejections has reached a concurrency limit
 * or a rate limit. Memory distinguishes the two: once nothing is in flight, a concurrency limit has forgotten the burst.
 */
export async function findConcurrency(session: ProbeSession, max: number): Promise<ConcurrencyFinding> {
  let atLeast = 1
  let passed = 1
  for (let size = Math.min(2, max), recoveries = 0; ;) {
    const burst = await sendBurst(session, size)
    atLeast = Math.max(atLeast, overlapOf(session, burst))
    if (countOf(burst, 'rejected') > 0) {
      const verdict = await judgeBurst(session, burst, passed)
      if (verdict.cause === 'concurrency') return await confirm(session, verdict, atLeast, max)
      if (verdict.cause === 'rate') {
        if (recoveries > 0 || !(await recoverWhole(session))) return censored(atLeast, size, true)
        recoveries += 1
        continue
      }
    }
    recoveries = 0
    if (countOf(burst, 'rejected') === 0) passed = countOf(burst, 'accepted')
    if (size >= max) return censored(atLeast, size, false)
    size = Math.min(size * 2, max)
  }
}

function censored(atLeast: number, tried: number, endedByRate: boolean): ConcurrencyFinding {
  return { limit: null, atLeast, tried, isConfirmed: false, endedByRate, rejections: new Set() }
}

const MAX_CONFIRMATIONS = 4

/** Confirms the limit: bursts of exactly the limit must pass, and bursts of one more call must not. */
async function confirm(
  session: ProbeSession,
  { limit: found, calls }: { limit: number; calls: Call[] },
  atLeast: number,
  max: number,
): Promise<ConcurrencyFinding> {
  let limit = found
  let isConfirmed = false
  for (let tries = 0; tries < MAX_CONFIRMATIONS && !isConfirmed; tries += 1) {
    const within = await sendBurst(session, limit)
    const beyond = await sendBurst(session, limit + 1)
    if (await isRateMet(session)) continue
    calls.push(...within, ...beyond)
    if (countOf(within, 'rejected') > 0) limit = Math.max(1, countOf(within, 'accepted'))
    else if (countOf(beyond, 'rejected') > 0) isConfirmed = true
    else if (limit + 1 < max) limit += 1
  }
  const rejections = new Set(calls.filter(({ outcome }) => outcome === 'rejected'))
  return {
    limit,
    atLeast: Math.max(1, Math.min(atLeast, limit)),
    tried: limit + 1,
    isConfirmed,
    endedByRate: false,
    rejections,
  }
}

/** Whether the bursts have also reached a rate limit. If so, waits for it to recover. */
async function isRateMet(session: ProbeSession): Promise<boolean> {
  const alone = await session.call()
  return alone.outcome === 'rejected' && (await recoverWhole(session))
}

/** Waits until the rate limit accepts a call, and then as long again, so that it recovers completely. */
async function recoverWhole(session: ProbeSession): Promise<boolean> {
  const recovery = await recover(session, undefined, session.clock.now())
  if (recovery === undefined) return false
  await session.sleep(recovery.tookMs)
  return true
}
