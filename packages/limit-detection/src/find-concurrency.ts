import { countOf, sendBurst } from './burst.ts'
import { judgeBurst, overlapOf } from './judge-burst.ts'
import type { Call } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'
import { recover } from './recover.ts'

/** How many calls the upstream takes at once. */
export interface ConcurrencyFinding {
  /** Its limit; null when none was hit. */
  limit: number | null
  /** So many at once were accepted. */
  atLeast: number
  /** The largest burst that was tried. */
  tried: number
  /** Whether bursts of exactly the limit are accepted, and larger ones are not. */
  isConfirmed: boolean
  /** Whether it was a rate that ended the search: beyond, nothing could be seen. */
  endedByRate: boolean
  /** Calls rejected because too many were in flight: they say nothing about a rate. */
  rejections: ReadonlySet<Call>
}

/**
 * Sends bursts of 2, 4, 8 … calls. A burst that is not accepted as a whole may have met a limit of concurrency or one of
 * rate. Memory distinguishes them: once nothing is in flight, a limit of concurrency has forgotten the burst.
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

/** Bursts of just the limit must pass, and those of one more must not. */
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

/** Whether bursts have met a limit of rate by the way; if so it is given time to recover. */
async function isRateMet(session: ProbeSession): Promise<boolean> {
  const alone = await session.call()
  return alone.outcome === 'rejected' && (await recoverWhole(session))
}

/** Waits until the rate limit is back, and as long again, so that it is back whole. */
async function recoverWhole(session: ProbeSession): Promise<boolean> {
  const recovery = await recover(session, undefined, session.clock.now())
  if (recovery === undefined) return false
  await session.sleep(recovery.tookMs)
  return true
}
