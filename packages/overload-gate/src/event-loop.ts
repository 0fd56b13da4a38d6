import { AsyncLocalStorage } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'

/** What the gate needs of the loop it guards; a test brings one that stands still. */
export interface EventLoop {
  /** Monotonic time in ms. */
  now(): number
  /** A number that each tick has to itself. */
  tickNumber(): number
  /** Runs something once, after this tick's reads and writes. */
  onTickEnd(task: () => void): void
  /** The share of time since the previous call in which the loop was not idle, 0 to 1. */
  utilization(): number
}

/** The loop of this thread. */
export function nodeEventLoop(): EventLoop {
  // Ticks belong to no request: in the async context of the one that started them they would keep it alive.
  const outsideRequests = AsyncLocalStorage.snapshot()
  let read = performance.eventLoopUtilization()

  return {
    now: () => performance.now(),
    tickNumber: () => performance.nodeTiming.uvMetricsInfo.loopCount,
    onTickEnd: (task) => void outsideRequests(setImmediate, task),
    utilization() {
      const current = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(current, read)
      read = current
      return utilization
    },
  }
}
