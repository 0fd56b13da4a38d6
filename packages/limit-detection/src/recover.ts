import type { Call } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'

/** How long a rate limit took to accept a call again. */
export interface Recovery {
  /** From the last rejection of the drain to the first call that was accepted, in ms. */
  tookMs: number
  /** Two times since the first call of the drain, in ms: still rejected at the first, accepted at the second. */
  betweenMs: [number, number]
}

const FIRST_POLL_MS = 100
const POLL_GROWTH = 1.35
const POINTS_IN_BRACKET = [0.25, 0.5, 0.75, 1]
const WHOLE_SECOND_MS = 1000

/**
 * Sends single calls until one is accepted. `startedAt` is the time of the first call of the drain. `known` is the
 * bracket of earlier recoveries, relative to the first call of their drain. Calls are sent within this bracket, so each
 * recovery is measured more precisely than the previous one. A Retry-After is trusted, except for one call at half of
 * its time, which shows whether it is padded. Returns undefined if the limit does not recover within half of the time
 * left.
 */
export async function recover(
  session: ProbeSession,
  known: readonly [number, number] | undefined,
  startedAt: number,
): Promise<Recovery | undefined> {
  const last = session.calls.findLast(({ outcome }) => outcome === 'rejected')
  if (last === undefined) return { tookMs: 0, betweenMs: [0, 0] }
  const giveUpAt = session.clock.now() + session.remainingMs / 2
  let rejectedAt = last.sentAt
  for (const at of pollTimes(last, known, startedAt)) {
    if (at > giveUpAt) return undefined
    if (at <= session.clock.now() + 1 && at !== Infinity) continue
    await session.sleep(at - session.clock.now())
    const call = await callThatCounts(session)
    if (call.outcome === 'accepted') {
      return {
        tookMs: call.sentAt - last.sentAt,
        betweenMs: [rejectedAt - startedAt, call.sentAt - startedAt],
      }
    }
    rejectedAt = call.sentAt
  }
  return undefined
}

function* pollTimes(last: Call, known: readonly [number, number] | undefined, startedAt: number): Generator<number> {
  const toldAt = last.retryAfterMs === undefined ? Infinity : last.receivedAt + last.retryAfterMs
  const early: number[] = []
  if (known !== undefined) {
    early.push(...POINTS_IN_BRACKET.map((share) => startedAt + known[0] + (known[1] - known[0]) * share))
  } else if (last.retryAfterMs !== undefined) {
    early.push(last.receivedAt + last.retryAfterMs / 2)
    // Whole seconds have probably been rounded up, so the limit may recover earlier.
    if (last.retryAfterMs % WHOLE_SECOND_MS === 0) {
      early.push(...[0.75, 0.5, 0.25].map((seconds) => toldAt - seconds * WHOLE_SECOND_MS))
    }
  }
  yield* early.filter((at) => at < toldAt).toSorted((a, b) => a - b)
  if (toldAt !== Infinity) yield toldAt + 1
  const base = Math.max(last.receivedAt, ...early, toldAt === Infinity ? 0 : toldAt)
  for (let wait = FIRST_POLL_MS, sum = wait; ; wait *= POLL_GROWTH, sum += wait) yield base + sum
}

/** Calls until a call does not fail, because a failed call says nothing about limits. */
async function callThatCounts(session: ProbeSession): Promise<Call> {
  for (;;) {
    const call = await session.call()
    if (call.outcome !== 'failed') return call
  }
}
