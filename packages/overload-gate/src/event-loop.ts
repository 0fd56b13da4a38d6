import { AsyncLocalStorage } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'

/** What the gate needs of the loop it guards; a test brings one that stands still. */
export interface EventLoop {
  /** Monotonic time in ms. */
  now(): number
  /** Runs something once, after this turn's reads and writes. */
  onTurnEnd(task: () => void): void
  /** A timer that runs something once for each `start`. */
  timer(ms: number, task: () => void): LoopTimer
  /** The share of time since the previous call in which the loop was not idle, 0 to 1. */
  utilization(): number
}

export interface LoopTimer {
  start(): void
  stop(): void
}

/** The loop of this thread. */
export function nodeEventLoop(): EventLoop {
  // Turns and heartbeats belong to no request: in the async context of the one that started them they would keep it alive.
  const outsideRequests = AsyncLocalStorage.snapshot()
  let read = performance.eventLoopUtilization()

  return {
    now: () => performance.now(),
    onTurnEnd: (task) => void outsideRequests(setImmediate, task),
    timer: (ms, task) => lazyTimer(() => outsideRequests(() => setTimeout(task, ms))),
    utilization() {
      const current = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(current, read)
      read = current
      return utilization
    },
  }
}

function lazyTimer(create: () => NodeJS.Timeout): LoopTimer {
  let timer: NodeJS.Timeout | undefined
  return {
    start() {
      // A process is kept alive by its server, never by the gate.
      timer = timer?.refresh() ?? create().unref()
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
