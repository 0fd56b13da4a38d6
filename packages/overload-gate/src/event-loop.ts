import { AsyncLocalStorage } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'

/** What the gate needs of the event loop it guards. Tests use one that they advance themselves. */
export interface EventLoop {
  /** Monotonic time in ms. */
  now(): number
  /** The number of the current tick. */
  tickNumber(): number
  /** Runs a task once, after the reads and writes of this tick. */
  onTickEnd(task: () => void): void
  /** The share of time since the previous call in which the loop was not idle, 0 to 1. */
  utilization(): number
}

/** The loop of this thread. */
export function nodeEventLoop(): EventLoop {
  // The end of a tick belongs to no request. In the async context of a request it would keep that request in memory.
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
