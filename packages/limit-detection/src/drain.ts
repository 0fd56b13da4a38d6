import type { Call } from './probe.ts'
import { isDoubtful, type ProbeSession } from './probe-session.ts'

/** How a drain ended. */
export interface Drain {
  isRejected: boolean
  /** Calls in flight at once when it ended. */
  width: number
  accepted: number
  elapsedMs: number
}

export interface DrainOptions {
  /** Calls in flight at once to begin with. */
  width: number
  maxWidth: number
  /** Calls after which it ends without a rejection. */
  maxCalls: number
  maxMs: number
}

/** So many calls by each without a rejection, and there are twice as many at once. */
const CALLS_BEFORE_WIDER = 12

/** So many rejections that may be breakdowns are none. */
const MIN_DOUBTED = 3

/** Makes calls, a few at a time and more and more at once, until one is rejected or enough were made. */
export async function drain(session: ProbeSession, options: DrainOptions): Promise<Drain> {
  const startedAt = session.clock.now()
  const workers: Promise<void>[] = []
  const state = { width: 0, sent: 0, accepted: 0, isRejected: false, widenedAt: 0 }
  const latest: Call[] = []

  const isOver = () =>
    state.isRejected || state.sent >= options.maxCalls || session.clock.now() - startedAt >= options.maxMs

  async function work(): Promise<void> {
    while (!isOver()) {
      state.sent += 1
      const call = await session.call()
      if (call.outcome === 'accepted') state.accepted += 1
      weigh(call)
      if (state.sent - state.widenedAt >= state.width * CALLS_BEFORE_WIDER) widen(state.width * 2)
    }
  }

  /** A rejection that may be a breakdown counts when there are many such among the latest calls. */
  function weigh(call: Call): void {
    latest.push(call)
    const [oldest] = latest
    if (latest.length > Math.max(2 * state.width, 2 * MIN_DOUBTED)) latest.shift()
    if (oldest !== undefined && oldest !== latest[0] && isDoubtful(oldest)) session.dismiss(oldest)
    const doubted = latest.filter(isDoubtful).length
    const isSure = call.outcome === 'rejected' && !isDoubtful(call)
    if (isSure || doubted >= Math.max(MIN_DOUBTED, state.width / 4)) state.isRejected = true
  }

  function widen(width: number): void {
    state.widenedAt = state.sent
    const target = Math.min(width, options.maxWidth)
    while (!isOver() && state.width < target) {
      state.width += 1
      const working = work()
      // One may fail while another is waited for.
      working.catch(() => {})
      workers.push(working)
    }
  }

  widen(Math.max(1, options.width))
  // More may join while these are waited for.
  for (let i = 0; i < workers.length; i += 1) await workers[i]
  await session.idle()
  if (!state.isRejected) for (const call of latest.filter(isDoubtful)) session.dismiss(call)
  const { isRejected, width, accepted } = state
  return { isRejected, width, accepted, elapsedMs: session.clock.now() - startedAt }
}
