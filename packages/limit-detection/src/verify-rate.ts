import { ratePerSecond, type RateEstimate } from './choose-fit.ts'
import { drain } from './drain.ts'
import type { Call } from './probe.ts'
import { isDoubtful, type ProbeSession } from './probe-session.ts'

/** Whether all calls slightly below an estimate pass, and whether some slightly above it are rejected. */
export interface Verification {
  below: 'passed' | 'failed' | 'not_done'
  above: 'passed' | 'failed' | 'not_done'
}

/** The concurrency of a verification: `width` reaches the limit, `maxWidth` is allowed. */
export interface Widths {
  width: number
  maxWidth: number
  /** The longest recovery of the limit, in ms. Default 0. */
  recoveryMs?: number | undefined
}

const BELOW = 0.97
const ABOVE = 1.12
const MIN_CALLS = 30

/**
 * Sends evenly spaced calls, first slightly below the estimate for more than a window, then slightly above it. Only the
 * two together show that the estimate is neither too high nor too low.
 */
export async function verifyRate(session: ProbeSession, estimate: RateEstimate, widths: Widths): Promise<Verification> {
  const below = await verifyBelow(session, estimate, widths)
  if (below !== 'passed') return { below, above: 'not_done' }
  return { below, above: await verifyAbove(session, estimate, widths) }
}

/**
 * The length of a verification, in windows of the estimate. An excess is rejected within it wherever the true window
 * starts, even if that window is longer.
 */
const WINDOWS = 2.2

/** Short windows are observed longer: the tokens of a bucket could hide for a while that it is not a window. */
const SHORT_MS = 2000
const SHORT_WINDOWS = 15
const MAX_SHORT_CALLS = 1000

/** Checks whether all calls at `share` of the estimate pass. */
export async function verifyBelow(
  session: ProbeSession,
  estimate: RateEstimate,
  widths: Widths,
  share = BELOW,
): Promise<Verification['below']> {
  const perSecond = ratePerSecond(estimate) * share
  const calls = callsBelow(estimate, perSecond, widths.recoveryMs ?? 0)
  if (!canAfford(session, estimate, perSecond, calls)) return 'not_done'
  const readiness = await prepare(session, estimate, widths)
  if (readiness !== 'ready') return readiness
  const { rejectedAt, isOnTime } = await sendPaced(session, {
    perSecond,
    calls,
    maxInFlight: widths.maxWidth,
    maxHaste: maxHasteFor(estimate),
    isOver: (count) => count > 0,
  })
  if (rejectedAt.length > 0) return 'failed'
  return isOnTime ? 'passed' : 'not_done'
}

function callsBelow(estimate: RateEstimate, perSecond: number, recoveryMs: number): number {
  const callsIn = (ms: number) => Math.ceil((perSecond * ms) / 1000)
  if (estimate.family === 'token_bucket') {
    // A limit with a long recovery may be a window after all, so the verification covers that window.
    return Math.max(MIN_CALLS, Math.ceil((estimate.burst ?? 1) * 1.2), callsIn(WINDOWS * recoveryMs))
  }
  const short = estimate.perMs > SHORT_MS ? 0 : Math.min(MAX_SHORT_CALLS, callsIn(SHORT_WINDOWS * estimate.perMs))
  return Math.max(MIN_CALLS, callsIn(WINDOWS * estimate.perMs), short)
}

async function verifyAbove(
  session: ProbeSession,
  estimate: RateEstimate,
  widths: Widths,
): Promise<Verification['above']> {
  const perSecond = ratePerSecond(estimate) * ABOVE
  const isBucket = estimate.family === 'token_bucket'
  const calls = isBucket
    ? Math.min(MAX_BUCKET_CALLS, Math.max(MIN_BUCKET_CALLS, Math.ceil((estimate.burst ?? 1) * 1.2)))
    : Math.max(MIN_CALLS, Math.ceil((WINDOWS * estimate.perMs * perSecond) / 1000))
  if (!canAfford(session, estimate, perSecond, calls)) return 'not_done'
  if (isBucket && (await prepare(session, estimate, widths)) !== 'ready') return 'not_done'
  const { rejectedAt, isOnTime } = await sendPaced(session, {
    perSecond,
    calls,
    maxInFlight: widths.maxWidth,
    maxHaste: maxHasteFor(estimate),
    isOver: (count) => !isBucket && count > 0,
  })
  if (!isOnTime) return 'not_done'
  // A bucket rejects calls throughout. A limiter that rejects calls only at first is not a bucket.
  return rejectedAt.some((place) => !isBucket || place > (calls * 2) / 3) ? 'passed' : 'failed'
}

/** The excess of so few calls is several tokens more than the bucket holds when they start. */
const MIN_BUCKET_CALLS = 60
const MAX_BUCKET_CALLS = 90

/**
 * Lets a window expire, or empties a bucket, whose tokens would hide its refill rate. A bucket that accepts many more
 * calls than it should hold is another one. One that refills as fast as calls are made cannot be emptied.
 */
async function prepare(
  session: ProbeSession,
  estimate: RateEstimate,
  { width, maxWidth }: Widths,
): Promise<'ready' | 'failed' | 'not_done'> {
  const { family, perMs, burst = 1 } = estimate
  await session.sleep(family === 'token_bucket' ? 0 : perMs)
  if (family !== 'token_bucket') return 'ready'
  const perMsOf = ratePerSecond(estimate) / 1000
  const maxCalls = Math.ceil(burst * 2) + 2 * MIN_CALLS
  const drained = await drain(session, { width, maxWidth, maxCalls, maxMs: session.remainingMs / 4 })
  await session.sleep(1 / perMsOf)
  if (drained.isRejected) return 'ready'
  return drained.accepted > burst * 1.5 + perMsOf * drained.elapsedMs ? 'failed' : 'not_done'
}

function canAfford(session: ProbeSession, { perMs }: RateEstimate, perSecond: number, calls: number): boolean {
  const takesMs = perMs + (calls / perSecond) * 1000
  return calls <= session.remainingRequests && takesMs <= session.remainingMs && session.remainingRejections > 0
}

interface Paced {
  /** The indexes of the rejected calls, from 0. */
  rejectedAt: number[]
  /** Whether the calls kept their schedule. They are late if too many others are in flight. */
  isOnTime: boolean
}

interface Pacing {
  perSecond: number
  calls: number
  maxInFlight: number
  maxHaste: number
  /** Returns whether this number of rejections ends the sequence. */
  isOver: (rejections: number) => boolean
}

/** How much slower than planned a sequence may be and still count as on time. */
const MAX_SLOWER = 1.04
const MAX_LATE_MS = 50

/** The share of a gap by which the next call may be early, to make up for timers that fire late. */
const MAX_HASTE = 0.5

/** A limit that allows fewer calls at once would reject an early one. */
const FEWEST_TO_HASTEN = 3

function maxHasteFor({ burst, max }: RateEstimate): number {
  return (burst ?? max) >= FEWEST_TO_HASTEN ? MAX_HASTE : 0
}

/** Sends evenly spaced calls, independent of earlier responses. A late call delays the calls after it. */
async function sendPaced(session: ProbeSession, pacing: Pacing): Promise<Paced> {
  const { perSecond, calls, maxInFlight, maxHaste, isOver } = pacing
  const startedAt = session.clock.now()
  const inFlight = new Set<Promise<void>>()
  const rejected: { place: number; call: Call }[] = []
  const broken: unknown[] = []
  const gapMs = 1000 / perSecond
  let at = startedAt
  let sent = 0
  const send = async (place: number): Promise<void> => {
    const call = await session.call()
    if (call.outcome === 'rejected') rejected.push({ place, call })
  }
  for (let i = 0; i < calls && !isOver(sureOf(rejected).length) && broken.length === 0; i += 1) {
    await session.sleep(at - session.clock.now())
    while (inFlight.size >= maxInFlight) await Promise.race(inFlight)
    at = Math.max(at, session.clock.now() - gapMs * maxHaste) + gapMs
    sent = i + 1
    const sending = send(i).catch((error: unknown) => void broken.push(error))
    inFlight.add(sending)
    void sending.then(() => inFlight.delete(sending))
  }
  await Promise.all(inFlight)
  if (broken.length > 0) throw broken[0]
  const rejectedAt = sureOf(rejected).map(({ place }) => place)
  return { rejectedAt, isOnTime: at - startedAt <= sent * gapMs * MAX_SLOWER + MAX_LATE_MS }
}

/** Excludes a single rejection that could be a breakdown. */
function sureOf<T extends { call: Call }>(rejected: readonly T[]): readonly T[] {
  const [first] = rejected
  return rejected.length === 1 && first && isDoubtful(first.call) ? [] : rejected
}
