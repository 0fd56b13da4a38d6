import type { Call } from './probe.ts'
import { isDoubtful, type ProbeSession } from './probe-session.ts'

/** How a drain ended. */
export interface Drain {
  isRejected: boolean
  /** Concurrent calls when it ended. */
  width: number
  accepted: number
  elapsedMs: number
}

export interface DrainOptions {
  /** Concurrent calls at the start. */
  width: number
  maxWidth: number
  /** The number of calls after which the drain ends without a rejection. */
  maxCalls: number
  maxMs: number
}

/** The width doubles after this many calls per unit of width without a rejection. */
const CALLS_BEFORE_WIDER = 12

/** The width shrinks after this many calls in a row that were rejected because too many were in flight. */
const BUSY_BEFORE_NARROWER = 3

/** From this many in a row on, rejections that could be breakdowns count as rejections. */
const MIN_DOUBTED = 3

/** Makes calls with rising concurrency until one is rejected, or until `maxCalls` or `maxMs` is reached. */
export async function drain(session: ProbeSession, options: DrainOptions): Promise<Drain> {
  const startedAt = session.clock.now()
  const workers: Promise<void>[] = []
  const state = { width: 0, sent: 0, accepted: 0, isRejected: false, widenedAt: 0, maxWidth: options.maxWidth, busy: 0 }
  /** The latest rejections without an accepted call between them. */
  const doubted: Call[] = []

  const isOver = () =>
    state.isRejected || state.sent >= options.maxCalls || session.clock.now() - startedAt >= options.maxMs

  async function work(): Promise<void> {
    while (!isOver()) {
      state.sent += 1
      const call = await session.call()
      if (call.outcome === 'accepted') state.accepted += 1
      state.busy = call.outcome === 'busy' ? state.busy + 1 : 0
      if (state.busy >= BUSY_BEFORE_NARROWER && state.width > 1) return narrow()
      weigh(call)
      if (state.sent - state.widenedAt >= state.width * CALLS_BEFORE_WIDER) widen(state.width * 2)
    }
  }

  /** A rejection that could be a breakdown counts only if several follow each other. */
  function weigh(call: Call): void {
    if (isDoubtful(call)) doubted.push(call)
    else if (call.outcome === 'accepted') dismissDoubted()
    const isSure = call.outcome === 'rejected' && !isDoubtful(call)
    if (isSure || doubted.length >= Math.max(MIN_DOUBTED, state.width / 4)) state.isRejected = true
  }

  function dismissDoubted(): void {
    if (!state.isRejected) for (const call of doubted.splice(0)) session.dismiss(call)
  }

  /** Too many calls are in flight, so this worker ends. */
  function narrow(): void {
    state.busy = 0
    state.width -= 1
    state.maxWidth = Math.min(state.maxWidth, state.width)
  }

  function widen(width: number): void {
    state.widenedAt = state.sent
    const target = Math.min(width, state.maxWidth)
    while (!isOver() && state.width < target) {
      state.width += 1
      const working = work()
      // A worker may fail while the loop below awaits another one.
      working.catch(() => {})
      workers.push(working)
    }
  }

  widen(Math.max(1, options.width))
  // The list may grow while this loop awaits its workers.
  for (let i = 0; i < workers.length; i += 1) await workers[i]
  await session.idle()
  dismissDoubted()
  const { isRejected, width, accepted } = state
  return { isRejected, width, accepted, elapsedMs: session.clock.now() - startedAt }
}
